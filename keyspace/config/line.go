package config

import "fmt"

// Line is a line of the configuration. Lines of the command line count on from
// the last line of the file.
type Line struct {
	Number int      // from 1
	Text   string   // as it stands there, without the blanks around it
	Args   []string // what follows the directive's name
}

// Error is the error that ends the start because of this line. It is for those
// who read Users and Renames and find what this package cannot: a rule that is
// none, a command that does not exist.
func (l Line) Error(reason string) error {
	return &LoadError{Line: l.Number, Text: l.Text, Reason: reason}
}

// LoadError is why a configuration was refused.
type LoadError struct {
	Line   int // 0: no line in particular
	Text   string
	Reason string
}

// Error is the text that Redis prints when it refuses to start.
func (e *LoadError) Error() string {
	const heading = "*** FATAL CONFIG FILE ERROR (SoloKV) ***\n"
	if e.Line == 0 {
		return heading + e.Reason
	}
	return heading + fmt.Sprintf("Reading the configuration file, at line %d\n>>> '%s'\n%s", e.Line, e.Text, e.Reason)
}
