package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The limits that directives share: those of C's int, unsigned int and long.
const (
	intMax  = math.MaxInt32
	intMin  = math.MinInt32
	uintMax = math.MaxUint32
	longMax = math.MaxInt64
	portMax = math.MaxUint16
)

const (
	kb = 1 << 10
	mb = 1 << 20
	gb = 1 << 30
)

// intDirective is a plain decimal number within [low, high].
func intDirective(name string, field *int, byDefault, low, high int, flags Flag) Directive {
	return newDirective(name, field, byDefault, flags, intKind(low, high))
}

func intKind(low, high int) kind[int] {
	return kind[int]{
		parse: oneArg(func(s string) (int, error) {
			n, err := parseDecimal(s)
			if err != nil {
				return 0, err
			}
			return int(n), checkRange(n, int64(low), int64(high))
		}),
		text: strconv.Itoa,
	}
}

// memoryDirective is a number of bytes within [low, high], written with a unit
// or without.
func memoryDirective(name string, field *int64, byDefault, low, high int64, flags Flag) Directive {
	return newDirective(name, field, byDefault, flags, memoryKind(low, high))
}

func memoryKind(low, high int64) kind[int64] {
	return kind[int64]{
		parse: oneArg(func(s string) (int64, error) {
			n, ok := parseMemory(s)
			if !ok {
				return 0, errors.New("argument must be a memory value")
			}
			return n, checkRange(n, low, high)
		}),
		text:  formatDecimal,
		lines: func(n int64) []string { return []string{formatMemory(n)} },
	}
}

// clamped is a kind that takes a valid value for a hint and brings it to the
// nearer end of [low, high].
func clamped[N int | int64](k kind[N], low, high N) kind[N] {
	parse := k.parse
	k.parse = func(args []string) (N, error) {
		n, err := parse(args)
		return min(max(n, low), high), err
	}
	return k
}

// memoryOrPercentDirective is a number of bytes, or a percentage of maxmemory,
// which is held as a negative number: -10 for 10%.
func memoryOrPercentDirective(name string, field *int64, flags Flag) Directive {
	const percentMax = 100
	text := func(n int64, memory func(int64) string) string {
		if n < 0 {
			return formatDecimal(-n) + "%"
		}
		return memory(n)
	}
	return newDirective(name, field, 0, flags, kind[int64]{
		parse: oneArg(func(s string) (int64, error) {
			if n, ok := parseMemory(s); ok {
				return n, nil
			}
			digits, isPercent := strings.CutSuffix(s, "%")
			n, err := parseDecimal(digits)
			switch {
			case !isPercent || err != nil || n < 0:
				return 0, errors.New("argument must be a memory or percent value")
			case n > percentMax:
				return 0, fmt.Errorf("percentage argument must be less or equal to %d", percentMax)
			}
			return -n, nil
		}),
		text:  func(n int64) string { return text(n, formatDecimal) },
		lines: func(n int64) []string { return []string{text(n, formatMemory)} },
	})
}

// octalDirective is a file mode.
func octalDirective(name string, field *int, high int, flags Flag) Directive {
	return newDirective(name, field, 0, flags, kind[int]{
		parse: oneArg(func(s string) (int, error) {
			n, err := strconv.ParseInt(s, 8, 64)
			switch {
			case err != nil:
				return 0, errors.New("argument couldn't be parsed as an octal number")
			case n < 0 || n > int64(high):
				return 0, fmt.Errorf("argument must be between 0 and %o inclusive", high)
			}
			return int(n), nil
		}),
		text: func(n int) string { return strconv.FormatInt(int64(n), 8) },
	})
}

// parseDecimal reads an integer in its only accepted form: no leading zero, no
// plus sign, no blanks.
func parseDecimal(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || formatDecimal(n) != s {
		return 0, errors.New("argument couldn't be parsed into an integer")
	}
	return n, nil
}

func formatDecimal(n int64) string { return strconv.FormatInt(n, 10) }

func checkRange(n, low, high int64) error {
	if n < low || n > high {
		return fmt.Errorf("argument must be between %d and %d inclusive", low, high)
	}
	return nil
}

// memoryUnits: with a "b" powers of 1024, without powers of 1000.
var memoryUnits = map[string]int64{
	"": 1, "b": 1, "k": 1000, "kb": kb, "m": 1000 * 1000, "mb": mb, "g": 1000 * 1000 * 1000, "gb": gb,
}

// parseMemory reads digits and a unit. Redis takes no digits for zero, so that
// "" and even "mb" are zero bytes; so do we.
func parseMemory(s string) (bytes int64, ok bool) {
	digits := strings.TrimRight(s, "bBkKmMgG")
	unit, known := memoryUnits[strings.ToLower(s[len(digits):])]
	if !known {
		return 0, false
	}
	if digits == "" {
		return 0, true
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || int64(n) > math.MaxInt64/unit {
		return 0, false
	}
	return int64(n) * unit, true
}

// formatMemory writes a number of bytes with the largest unit that divides it.
func formatMemory(bytes int64) string {
	for _, unit := range []struct {
		bytes int64
		name  string
	}{{gb, "gb"}, {mb, "mb"}, {kb, "kb"}} {
		if bytes != 0 && bytes%unit.bytes == 0 {
			return formatDecimal(bytes/unit.bytes) + unit.name
		}
	}
	return formatDecimal(bytes)
}
