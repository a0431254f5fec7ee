package keyspace

import "fmt"

// Error is a reply to the client: code and text as they stand on the wire.
// Handlers return it and the engine writes it.
type Error string

func (e Error) Error() string { return string(e) }

// Errorf makes an Error with a text of its own.
func Errorf(format string, args ...any) Error { return Error(fmt.Sprintf(format, args...)) }

// The errors that several commands share, worded as Redis 7.2 words them.
const (
	ErrSyntax        Error = "ERR syntax error"
	ErrWrongType     Error = "WRONGTYPE Operation against a key holding the wrong kind of value"
	ErrNotInteger    Error = "ERR value is not an integer or out of range"
	ErrNotFloat      Error = "ERR value is not a valid float"
	ErrOutOfRange    Error = "ERR value is out of range"
	ErrPositive      Error = "ERR value is out of range, must be positive"
	ErrNoKey         Error = "ERR no such key"
	ErrSameObject    Error = "ERR source and destination objects are the same"
	ErrOffset        Error = "ERR offset is out of range"
	ErrOverflow      Error = "ERR increment or decrement would overflow"
	ErrNaN           Error = "ERR increment would produce NaN or Infinity"
	ErrStringTooLong Error = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
	ErrDBIndex       Error = "ERR DB index is out of range"
	ErrInvalidDB     Error = "ERR invalid DB index"
	errNoAuth        Error = "NOAUTH Authentication required."
	errLoading       Error = "LOADING Redis is loading the dataset in memory"
	errOOM           Error = "OOM command not allowed when used memory > 'maxmemory'."
	errMonitor       Error = "ERR Replica can't interact with the keyspace"
	errPersistence   Error = "MISCONF Errors writing to the AOF file: "
)

// errSubscriber is the reply to a request that a subscriber that speaks RESP2 may not
// send.
func errSubscriber(cmd *Command) Error {
	return Errorf("ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET"+
		" are allowed in this context", cmd.full)
}

// ErrArity is the reply to a request with too many or too few arguments.
func ErrArity(name string) Error {
	return Errorf("ERR wrong number of arguments for '%s' command", name)
}

// ErrInvalidExpire is the reply to an expiry that is not positive or overflows.
func ErrInvalidExpire(name string) Error {
	return Errorf("ERR invalid expire time in '%s' command", name)
}
