package config

import (
	"errors"
	"strings"
)

// Flag is a set of properties of a directive.
type Flag uint16

const (
	// Immutable directives are refused by CONFIG SET.
	Immutable Flag = 1 << iota
	// AtStart directives are immutable too, but CONFIG SET may repeat the value
	// they have: clients, Redis's own test suite among them, write back all
	// that CONFIG GET * told them, and cannot know the names Redis lacks.
	AtStart
	// Protected directives can be set only as enable-protected-configs allows.
	Protected
	// Sensitive values must not reach the slow log, MONITOR or the log.
	Sensitive
	// MultiArg directives take several arguments, or one with blanks in it.
	MultiArg
	// Hidden directives are found by their exact name, never by a pattern.
	Hidden
	// DenyLoading directives cannot be set while the data set is loaded.
	DenyLoading
	// AlwaysApply directives count as changed even by the value they have, such
	// as a certificate's path when the file behind it is new.
	AlwaysApply
	// AlwaysWrite directives have a line in every rewritten file.
	AlwaysWrite
	// DropDefault directives lose their line in the file with their last
	// deviation from the default.
	DropDefault
)

// Directive is one line of the table: a name bound to a field of Values.
type Directive struct {
	Name    string
	Aliases []string // older names, equally valid; the file and CONFIG GET may use either
	Flags   Flag

	slot        slot
	defaultText string
}

// Has tells whether the directive has all the given flags.
func (d *Directive) Has(flags Flag) bool { return d.Flags&flags == flags }

func (d *Directive) isDefault() bool { return d.slot.text() == d.defaultText }

// alias returns the directive with older names added.
func (d Directive) alias(names ...string) Directive {
	d.Aliases = append(d.Aliases, names...)
	return d
}

// slot is a field of Values behind a directive, with its type forgotten.
type slot interface {
	// set parses the arguments that follow the name and stores the value. On
	// an error nothing is stored.
	set(args []string) error
	// text is the value as CONFIG GET shows it. set takes it back, split at
	// blanks for a MultiArg directive.
	text() string
	// lines is what the file has to say for the value to come back: the
	// arguments of one line each. No line: the value is "not set".
	lines() []string
}

// adder is a slot whose repeated lines in one configuration accumulate.
type adder interface {
	add(args []string) error
}

// kind is how values of a type are read and shown.
type kind[T any] struct {
	parse func(args []string) (T, error)
	text  func(T) string
	lines func(T) []string // nil: one line, the text as it is
}

// typedSlot is the slot that joins a field with its kind.
type typedSlot[T any] struct {
	field *T
	kind[T]
}

func (s typedSlot[T]) set(args []string) error {
	value, err := s.parse(args)
	if err == nil {
		*s.field = value
	}
	return err
}

func (s typedSlot[T]) text() string { return s.kind.text(*s.field) }

func (s typedSlot[T]) lines() []string {
	if s.kind.lines == nil {
		return []string{s.text()}
	}
	return s.kind.lines(*s.field)
}

// newDirective binds a name to a field, and sets the field to its default.
// Slices and the like are replaced as a whole by every later set, never changed
// in place, so a copy of Values stays what it was.
func newDirective[T any](name string, field *T, byDefault T, flags Flag, k kind[T]) Directive {
	*field = byDefault
	return Directive{Name: name, Flags: flags, slot: typedSlot[T]{field, k}, defaultText: k.text(byDefault)}
}

// Errors about values are shown to the user as they are, behind Redis's prefix.
// Their texts, capitals and full stops included, are Redis's.
var errArgCount = errors.New("wrong number of arguments")

// oneArg wraps the parser of a single argument.
func oneArg[T any](parse func(string) (T, error)) func([]string) (T, error) {
	return func(args []string) (T, error) {
		if len(args) != 1 {
			var none T
			return none, errArgCount
		}
		return parse(args[0])
	}
}

func boolDirective(name string, field *bool, byDefault bool, flags Flag) Directive {
	return newDirective(name, field, byDefault, flags, kind[bool]{parse: oneArg(parseYesNo), text: yesNo})
}

func parseYesNo(s string) (bool, error) {
	switch {
	case strings.EqualFold(s, "yes"):
		return true, nil
	case strings.EqualFold(s, "no"):
		return false, nil
	}
	return false, errors.New("argument must be 'yes' or 'no'")
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// stringDirective is a text that may be empty. The checks see it before it is stored.
func stringDirective(name string, field *string, byDefault string, flags Flag, checks ...check) Directive {
	return newDirective(name, field, byDefault, flags, kind[string]{
		parse: oneArg(checked(checks)),
		text:  func(s string) string { return s },
		lines: func(s string) []string { return []string{quote(s)} },
	})
}

// optionDirective is a text for which empty means "not set", the default.
func optionDirective(name string, field *string, flags Flag, checks ...check) Directive {
	return newDirective(name, field, "", flags, kind[string]{
		parse: oneArg(checked(checks)),
		text:  func(s string) string { return s },
		lines: func(s string) []string {
			if s == "" {
				return nil
			}
			return []string{quote(s)}
		},
	})
}
