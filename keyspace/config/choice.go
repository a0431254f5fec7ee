package config

import (
	"fmt"
	"strings"
)

// named is a word that stands for a value. Several words may stand for the same
// one; the first is the one that is shown.
type named[E ~int] struct {
	name  string
	value E
}

// choiceDirective is one word out of a list.
func choiceDirective[E ~int](name string, field *E, byDefault E, words []named[E], flags Flag) Directive {
	return newDirective(name, field, byDefault, flags, kind[E]{
		parse: func(args []string) (E, error) {
			if len(args) == 1 {
				if value, ok := valueOf(words, args[0]); ok {
					return value, nil
				}
			}
			return 0, choiceError(words)
		},
		text: func(value E) string { return nameOf(words, value) },
	})
}

// choicesDirective is any number of words out of a list, each a bit of the
// value; the first word of the list stands for no bit at all.
func choicesDirective[E ~int](
	name string, field *E, words []named[E], flags Flag, valid func(E) error,
) Directive {
	return newDirective(name, field, 0, flags|MultiArg, kind[E]{
		parse: func(args []string) (E, error) {
			var bits E
			for _, arg := range args {
				value, ok := valueOf(words, arg)
				if !ok {
					return 0, choiceError(words)
				}
				bits |= value
			}
			if len(args) == 0 {
				return 0, choiceError(words)
			}
			return bits, valid(bits)
		},
		text: func(bits E) string {
			if bits == 0 {
				return words[0].name
			}
			var names []string
			for _, word := range words {
				if bits&word.value != 0 {
					names = append(names, word.name)
				}
			}
			return strings.Join(names, " ")
		},
	})
}

func valueOf[E ~int](words []named[E], name string) (value E, ok bool) {
	for _, word := range words {
		if strings.EqualFold(word.name, name) {
			return word.value, true
		}
	}
	return 0, false
}

// nameOf panics for a value that no word stands for: only code can store one.
func nameOf[E ~int](words []named[E], value E) string {
	for _, word := range words {
		if word.value == value {
			return word.name
		}
	}
	panic(fmt.Sprintf("config: no word for the value %d of %T", int(value), value))
}

func choiceError[E ~int](words []named[E]) error {
	names := make([]string, len(words))
	for i, word := range words {
		names[i] = word.name
	}
	return fmt.Errorf("argument(s) must be one of the following: %s", strings.Join(names, ", "))
}
