package config

// AppendOnlyFile is the journal: its files, its fsync policy, its rewriting.
type AppendOnlyFile struct {
	AppendOnly                 bool
	AppendDirName              string
	AppendFilename             string
	AppendFsync                Fsync
	NoAppendFsyncOnRewrite     bool
	AutoAOFRewritePercentage   int // 0: never by itself
	AutoAOFRewriteMinSize      int64
	AOFLoadTruncated           bool
	AOFUseRDBPreamble          bool
	AOFTimestampEnabled        bool
	AOFChecksum                bool
	AOFRewriteIncrementalFsync bool
	AOFDisableAutoGC           bool
}

func (a *AppendOnlyFile) directives() []Directive {
	return []Directive{
		boolDirective("appendonly", &a.AppendOnly, true, DenyLoading),
		stringDirective("appenddirname", &a.AppendDirName, "aof", Immutable,
			notEmpty("appenddirname"), baseName("appenddirname", "dirname")),
		stringDirective("appendfilename", &a.AppendFilename, "appendOnly.aof", Immutable,
			notEmpty("appendfilename"), baseName("appendfilename", "filename")),
		choiceDirective("appendfsync", &a.AppendFsync, FsyncEverySec, fsyncNames, 0),
		boolDirective("no-appendfsync-on-rewrite", &a.NoAppendFsyncOnRewrite, false, 0),
		intDirective("auto-aof-rewrite-percentage", &a.AutoAOFRewritePercentage, 100, 0, intMax, 0),
		memoryDirective("auto-aof-rewrite-min-size", &a.AutoAOFRewriteMinSize, 64*mb, 0, longMax, 0),
		boolDirective("aof-load-truncated", &a.AOFLoadTruncated, true, 0),
		boolDirective("aof-use-rdb-preamble", &a.AOFUseRDBPreamble, true, 0),
		boolDirective("aof-timestamp-enabled", &a.AOFTimestampEnabled, false, 0),
		boolDirective("aof-checksum", &a.AOFChecksum, true, 0),
		boolDirective("aof-rewrite-incremental-fsync", &a.AOFRewriteIncrementalFsync, true, 0),
		boolDirective("aof-disable-auto-gc", &a.AOFDisableAutoGC, false, 0),
	}
}

// Fsync says when the journal is forced to the disk.
type Fsync int

const (
	FsyncEverySec Fsync = iota
	FsyncAlways         // before the reply
	FsyncNo             // when the kernel thinks so
)

var fsyncNames = []named[Fsync]{{"everysec", FsyncEverySec}, {"always", FsyncAlways}, {"no", FsyncNo}}

func (f Fsync) String() string { return nameOf(fsyncNames, f) }
