package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
	"golang.org/x/sys/unix"

	"solokv/keyspace/config"
)

// openLog makes the logger that loglevel, logfile, log-format and the syslog directives
// describe. The system's log is nil when it is not wanted.
func openLog(v *config.Values) (zerolog.Logger, *systemLog, error) {
	var out io.Writer = os.Stdout
	terminal := isTerminal(os.Stdout)
	if v.LogFile != "" {
		file, err := os.OpenFile(v.Path(v.LogFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return zerolog.Nop(), nil, fmt.Errorf("Can't open the log file: %w", config.SystemError(err))
		}
		out, terminal = file, false
	}
	zerolog.TimeFieldFormat = time.RFC3339Nano
	format := systemLogJSON
	if v.LogFormat != config.LogFormatJSON {
		out = zerolog.ConsoleWriter{Out: out, NoColor: !terminal, TimeFormat: "02 Jan 2006 15:04:05.000"}
		format = systemLogText()
	}
	zerolog.SetGlobalLevel(levelOf(v.LogLevel))
	log := zerolog.New(out).With().Timestamp().Logger()
	if !v.SyslogEnabled {
		return log, nil, nil
	}
	system := newSystemLog(dialSyslog(v), format, systemLogRetry, func(err error) {
		log.Warn().Err(err).Msg("the system's log is not there; it is looked for again as long as there is something to log")
	})
	both := zerolog.MultiLevelWriter(out, system)
	return zerolog.New(both).With().Timestamp().Logger(), system, nil
}

func levelOf(l config.LogLevel) zerolog.Level {
	return [...]zerolog.Level{config.LogDebug: zerolog.TraceLevel, config.LogVerbose: zerolog.DebugLevel,
		config.LogNotice: zerolog.InfoLevel, config.LogWarning: zerolog.WarnLevel}[l]
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
