package script

// Host executes what scripts ask for. The engine implements it, on the writer.
type Host interface {
	// Call executes a command and appends its reply, in version resp of the protocol, to dst. An error of the
	// command is a reply too. args are valid, and must not change, until Call returns.
	Call(args [][]byte, resp int, dst []byte) []byte
	// Pause is called every now and then by a script that runs on. It may let other work go first. When it
	// returns an error the script ends with it: its text is the reply's, with its code.
	Pause() error
	// Log writes a line of redis.log.
	Log(level LogLevel, text string)
	// CheckCommand tells whether the script's user may execute a command, and an error when it is none.
	CheckCommand(args [][]byte) (allowed bool, err error)
	// Replicate says where the writes that follow go: redis.set_repl.
	Replicate(to Replication)
}

// LogLevel is redis.LOG_DEBUG and its like.
type LogLevel int

const (
	LogDebug LogLevel = iota
	LogVerbose
	LogNotice
	LogWarning
)

// Replication is redis.REPL_ALL and its like: a sum of the places that writes go to.
type Replication int

const (
	ReplicateNone     Replication = 0
	ReplicateJournal  Replication = 1
	ReplicateReplicas Replication = 2
	ReplicateAll                  = ReplicateJournal | ReplicateReplicas
)

// Version is what scripts see as redis.REDIS_VERSION and redis.REDIS_VERSION_NUM.
type Version struct {
	Text   string
	Number int
}

// Outcome tells the engine what a reply is.
type Outcome int

const (
	Done Outcome = iota
	// Failed is an error that the statistics of errors have not seen.
	Failed
	// FailedCall is the error of a command, which was counted when the command failed.
	FailedCall
)
