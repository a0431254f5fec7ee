package protocol

import "errors"

// Texts of the protocol errors that a client sees, after the code "ERR ". The connection is closed after any
// of them.
const (
	ErrCountInvalid           = "Protocol error: invalid multibulk length"
	ErrCountUnauthenticated   = "Protocol error: unauthenticated multibulk length"
	ErrCountTooBig            = "Protocol error: too big mbulk count string"
	ErrBulkExpected           = "Protocol error: expected '$', got '" // and the byte and a closing quote
	ErrBulkLenInvalid         = "Protocol error: invalid bulk length"
	ErrBulkLenUnauthenticated = "Protocol error: unauthenticated bulk length"
	ErrBulkHeaderTooBig       = "Protocol error: too big bulk count string"
	ErrInlineTooBig           = "Protocol error: too big inline request"
	ErrInlineQuotes           = "Protocol error: unbalanced quotes in request"
	// ErrRequestTooBig has no counterpart in Redis: one request, all arguments together, is bounded by 4 GB.
	ErrRequestTooBig = "Protocol error: request of 4 GB or more"
)

// ErrReply is the error of a reader of replies that meets bytes which are not one.
var ErrReply = errors.New("protocol: malformed reply")
