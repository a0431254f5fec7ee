package cjson

import (
	"math"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

// options are what a script can choose.
type options struct {
	// An array is sparse if its largest index is beyond sparseSafe and beyond
	// sparseRatio times its elements. A ratio of 0 allows all; otherwise it is an
	// error, or an object if sparseConvert.
	sparseConvert bool
	sparseRatio   int
	sparseSafe    int

	encodeDepthMax int
	decodeDepthMax int
	digits         int // of numbers as text
	keepBuffer     bool

	encodeInvalid int  // invalidRefused and so on
	decodeInvalid bool // infinity, "not a number" and hexadecimal numbers are read
}

// What encode makes of infinity and of what is no number, by the index of
// invalidWords.
const (
	invalidRefused = iota
	invalidWritten
	invalidNull
)

var (
	switchWords  = []string{"off", "on"}
	invalidWords = []string{"off", "on", "null"}
)

var defaults = options{
	sparseRatio:    2,
	sparseSafe:     10,
	encodeDepthMax: 1000,
	decodeDepthMax: 1000,
	digits:         auxlib.Digits,
	keepBuffer:     true,
	decodeInvalid:  true,
}

func (c *codec) encodeSparseArray(L *lua.LState) int {
	argumentsMax(L, 3)
	switchOption(L, 1, &c.options.sparseConvert)
	numberOption(L, 2, &c.options.sparseRatio, 0, math.MaxInt32)
	numberOption(L, 3, &c.options.sparseSafe, 0, math.MaxInt32)
	return 3
}

func (c *codec) encodeMaxDepth(L *lua.LState) int {
	argumentsMax(L, 1)
	return numberOption(L, 1, &c.options.encodeDepthMax, 1, math.MaxInt32)
}

func (c *codec) decodeMaxDepth(L *lua.LState) int {
	argumentsMax(L, 1)
	return numberOption(L, 1, &c.options.decodeDepthMax, 1, math.MaxInt32)
}

func (c *codec) encodeNumberPrecision(L *lua.LState) int {
	argumentsMax(L, 1)
	return numberOption(L, 1, &c.options.digits, 1, auxlib.Digits)
}

func (c *codec) encodeKeepBuffer(L *lua.LState) int {
	argumentsMax(L, 1)
	return switchOption(L, 1, &c.options.keepBuffer)
}

func (c *codec) decodeInvalidNumbers(L *lua.LState) int {
	argumentsMax(L, 1)
	return switchOption(L, 1, &c.options.decodeInvalid)
}

func (c *codec) encodeInvalidNumbers(L *lua.LState) int {
	argumentsMax(L, 1)
	switch v := L.Get(1).(type) {
	case *lua.LNilType:
	case lua.LBool:
		c.options.encodeInvalid = invalidRefused
		if v {
			c.options.encodeInvalid = invalidWritten
		}
	default:
		c.options.encodeInvalid = auxlib.CheckOption(L, 1, invalidWords...)
	}

	if c.options.encodeInvalid == invalidNull {
		L.Push(lua.LString(invalidWords[invalidNull]))
	} else {
		L.Push(lua.LBool(c.options.encodeInvalid == invalidWritten))
	}
	return 1
}

// argumentsMax accepts so many arguments, and makes those nil that are missing: the
// results are pushed behind them while the next are looked at.
func argumentsMax(L *lua.LState, n int) {
	if L.GetTop() > n {
		auxlib.ArgError(L, n+1, "found too many arguments")
	}
	L.SetTop(n)
}

// switchOption sets an option that is on or off, unless argument n is nil, and
// pushes its value.
func switchOption(L *lua.LState, n int, option *bool) int {
	switch v := L.Get(n).(type) {
	case *lua.LNilType:
	case lua.LBool:
		*option = bool(v)
	default:
		*option = auxlib.CheckOption(L, n, switchWords...) == 1
	}
	L.Push(lua.LBool(*option))
	return 1
}

// numberOption sets an option that is a number, unless argument n is nil, and
// pushes its value.
func numberOption(L *lua.LState, n int, option *int, least, most int) int {
	if L.Get(n) != lua.LNil {
		value := int(int32(auxlib.CheckInteger(L, n)))
		if value < least || value > most {
			auxlib.ArgError(L, 1, "expected integer between "+strconv.Itoa(least)+" and "+strconv.Itoa(most))
		}
		*option = value
	}
	L.Push(lua.LNumber(*option))
	return 1
}
