package config

import "errors"

// Process is how the server runs as a process: its folder, its log, its end.
type Process struct {
	Databases int
	Dir       string // absolute
	HZ        int    // rounds of background work a second
	DynamicHZ bool

	Daemonize         bool
	Supervised        Supervised
	PidFile           string
	AlwaysShowLogo    bool
	SetProcTitle      bool
	ProcTitleTemplate string
	ShutdownTimeout   int // seconds that replicas have to catch up
	ShutdownOnSigint  ShutdownFlags
	ShutdownOnSigterm ShutdownFlags

	LogFile        string // empty: standard output
	LogLevel       LogLevel
	LogFormat      LogFormat
	SyslogEnabled  bool
	SyslogIdent    string
	SyslogFacility SyslogFacility

	CrashLogEnabled      bool
	CrashMemcheckEnabled bool
	UseExitOnPanic       bool
	WatchdogPeriod       int // milliseconds; 0: off
	IgnoreWarnings       string
	LocaleCollate        string

	DisableTHP        bool
	JemallocBgThread  bool
	OOMScoreAdj       OOMScoreAdj
	OOMScoreAdjValues OOMScores
	ServerCPUList     string
	BioCPUList        string
	AOFRewriteCPUList string
	BgsaveCPUList     string
}

func (p *Process) directives() []Directive {
	return []Directive{
		intDirective("databases", &p.Databases, 16, 1, intMax, Immutable),
		dirDirective("dir", &p.Dir, Protected|DenyLoading),
		newDirective("hz", &p.HZ, 10, 0, clamped(intKind(0, intMax), hzMin, hzMax)),
		boolDirective("dynamic-hz", &p.DynamicHZ, true, 0),

		boolDirective("daemonize", &p.Daemonize, false, Immutable),
		choiceDirective("supervised", &p.Supervised, SupervisedNo, supervisedNames, Immutable),
		optionDirective("pidfile", &p.PidFile, Immutable),
		boolDirective("always-show-logo", &p.AlwaysShowLogo, false, Immutable),
		boolDirective("set-proc-title", &p.SetProcTitle, true, Immutable),
		stringDirective("proc-title-template", &p.ProcTitleTemplate, "{title} {listen-addr} {server-mode}", 0,
			titleTemplate),
		intDirective("shutdown-timeout", &p.ShutdownTimeout, 10, 0, intMax, 0),
		choicesDirective("shutdown-on-sigint", &p.ShutdownOnSigint, shutdownNames, 0, ShutdownFlags.valid),
		choicesDirective("shutdown-on-sigterm", &p.ShutdownOnSigterm, shutdownNames, 0, ShutdownFlags.valid),

		stringDirective("logfile", &p.LogFile, "", Immutable),
		choiceDirective("loglevel", &p.LogLevel, LogNotice, logLevelNames, 0),
		choiceDirective("log-format", &p.LogFormat, LogFormatAuto, logFormatNames, AtStart),
		boolDirective("syslog-enabled", &p.SyslogEnabled, false, Immutable),
		stringDirective("syslog-ident", &p.SyslogIdent, "redis", Immutable),
		choiceDirective("syslog-facility", &p.SyslogFacility, SyslogLocal0, syslogNames, Immutable),

		boolDirective("crash-log-enabled", &p.CrashLogEnabled, true, 0),
		boolDirective("crash-memcheck-enabled", &p.CrashMemcheckEnabled, true, 0),
		boolDirective("use-exit-on-panic", &p.UseExitOnPanic, false, Hidden),
		intDirective("watchdog-period", &p.WatchdogPeriod, 0, 0, intMax, Hidden),
		stringDirective("ignore-warnings", &p.IgnoreWarnings, "", 0),
		stringDirective("locale-collate", &p.LocaleCollate, "", 0, collation),

		boolDirective("disable-thp", &p.DisableTHP, true, Immutable),
		boolDirective("jemalloc-bg-thread", &p.JemallocBgThread, true, 0),
		choiceDirective("oom-score-adj", &p.OOMScoreAdj, OOMScoreNo, oomScoreNames, 0),
		oomScoresDirective("oom-score-adj-values", &p.OOMScoreAdjValues, OOMScores{0, 200, 800}),
		optionDirective("server-cpulist", &p.ServerCPUList, AtStart).alias("server_cpulist"),
		optionDirective("bio-cpulist", &p.BioCPUList, AtStart).alias("bio_cpulist"),
		optionDirective("aof-rewrite-cpulist", &p.AOFRewriteCPUList, AtStart).alias("aof_rewrite_cpulist"),
		optionDirective("bgsave-cpulist", &p.BgsaveCPUList, AtStart).alias("bgsave_cpulist"),
	}
}

const (
	hzMin = 1
	hzMax = 500
)

// Supervised says which service manager, if any, is told that we are ready.
type Supervised int

const (
	SupervisedNo Supervised = iota
	SupervisedAuto
	SupervisedSystemd
	SupervisedUpstart
)

var supervisedNames = []named[Supervised]{
	{"upstart", SupervisedUpstart}, {"systemd", SupervisedSystemd}, {"auto", SupervisedAuto}, {"no", SupervisedNo},
}

// ShutdownFlags are the options of SHUTDOWN that a signal stands for.
type ShutdownFlags int

const (
	ShutdownSave ShutdownFlags = 1 << iota
	ShutdownNoSave
	ShutdownNow
	ShutdownForce
)

var shutdownNames = []named[ShutdownFlags]{
	{"default", 0}, {"save", ShutdownSave}, {"nosave", ShutdownNoSave}, {"now", ShutdownNow}, {"force", ShutdownForce},
}

func (flags ShutdownFlags) valid() error {
	if flags&ShutdownSave != 0 && flags&ShutdownNoSave != 0 {
		return errors.New("shutdown options SAVE and NOSAVE can't be used simultaneously")
	}
	return nil
}

// LogLevel is the least level that is logged.
type LogLevel int

const (
	LogDebug LogLevel = iota
	LogVerbose
	LogNotice
	LogWarning
)

var logLevelNames = []named[LogLevel]{
	{"debug", LogDebug}, {"verbose", LogVerbose}, {"notice", LogNotice}, {"warning", LogWarning},
}

// LogFormat is the shape of a log line. Auto is text that looks like Redis's
// log unless there is a reason to know better.
type LogFormat int

const (
	LogFormatAuto LogFormat = iota
	LogFormatText
	LogFormatJSON
)

var logFormatNames = []named[LogFormat]{
	{"auto", LogFormatAuto}, {"text", LogFormatText}, {"json", LogFormatJSON},
}

// SyslogFacility is syslog's number for the source of a message.
type SyslogFacility int

const (
	SyslogUser   SyslogFacility = 1
	SyslogLocal0 SyslogFacility = 16 // local1 to local7 follow
)

var syslogNames = []named[SyslogFacility]{
	{"user", SyslogUser}, {"local0", SyslogLocal0}, {"local1", SyslogLocal0 + 1}, {"local2", SyslogLocal0 + 2},
	{"local3", SyslogLocal0 + 3}, {"local4", SyslogLocal0 + 4}, {"local5", SyslogLocal0 + 5},
	{"local6", SyslogLocal0 + 6}, {"local7", SyslogLocal0 + 7},
}

// OOMScoreAdj says whether oom-score-adj-values are written, and whether they
// are relative to the score that the process started with.
type OOMScoreAdj int

const (
	OOMScoreNo OOMScoreAdj = iota
	OOMScoreRelative
	OOMScoreAbsolute
)

var oomScoreNames = []named[OOMScoreAdj]{
	{"no", OOMScoreNo}, {"yes", OOMScoreRelative}, {"relative", OOMScoreRelative}, {"absolute", OOMScoreAbsolute},
}
