package config

// Snapshot is the RDB file: when it is written and how.
type Snapshot struct {
	Save                              []SavePoint
	DBFilename                        string
	RDBCompression                    bool
	RDBChecksum                       bool
	RDBSaveVersion                    int // 0: the oldest that holds the data
	RDBSaveIncrementalFsync           bool
	RDBDelSyncFiles                   bool
	StopWritesOnBgsaveError           bool
	RDBKeySaveDelay                   int // microseconds for each key, as the next; for tests
	KeyLoadDelay                      int
	LoadingProcessEventsIntervalBytes int
}

func (s *Snapshot) directives() []Directive {
	return []Directive{
		saveDirective("save", &s.Save, []SavePoint{{3600, 1}, {300, 100}, {60, 10000}}),
		stringDirective("dbfilename", &s.DBFilename, "dump.rdb", Protected, baseName("dbfilename", "filename")),
		boolDirective("rdbcompression", &s.RDBCompression, true, 0),
		boolDirective("rdbchecksum", &s.RDBChecksum, true, Immutable),
		choiceDirective("rdb-save-version", &s.RDBSaveVersion, 0, rdbVersionNames, 0),
		boolDirective("rdb-save-incremental-fsync", &s.RDBSaveIncrementalFsync, true, 0),
		boolDirective("rdb-del-sync-files", &s.RDBDelSyncFiles, false, 0),
		boolDirective("stop-writes-on-bgsave-error", &s.StopWritesOnBgsaveError, true, 0),
		intDirective("rdb-key-save-delay", &s.RDBKeySaveDelay, 0, intMin, intMax, Hidden),
		intDirective("key-load-delay", &s.KeyLoadDelay, 0, intMin, intMax, Hidden),
		intDirective("loading-process-events-interval-bytes", &s.LoadingProcessEventsIntervalBytes,
			2*mb, 1024, intMax, Hidden),
	}
}

var rdbVersionNames = []named[int]{{"0", 0}, {"auto", 0}, {"10", 10}, {"11", 11}, {"12", 12}}
