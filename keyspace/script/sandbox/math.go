package sandbox

import (
	"math"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
)

func (s *Sandbox) mathLibrary() *lua.LTable {
	functions := map[string]lua.LGFunction{
		"fmod":       s.mathFmod,
		"frexp":      s.mathFrexp,
		"ldexp":      s.mathLdexp,
		"max":        s.mathMax,
		"min":        s.mathMin,
		"mod":        s.mathFmod,
		"modf":       s.mathModf,
		"random":     s.mathRandom,
		"randomseed": s.mathRandomseed,
		"pow":        s.binary(math.Pow),
		"atan2":      s.binary(math.Atan2),
	}
	for name, fn := range map[string]func(float64) float64{
		"abs": math.Abs, "acos": math.Acos, "asin": math.Asin, "atan": math.Atan, "ceil": math.Ceil, "cos": math.Cos,
		"cosh": math.Cosh, "exp": math.Exp, "floor": math.Floor, "log": math.Log, "log10": math.Log10, "sin": math.Sin,
		"sinh": math.Sinh, "sqrt": math.Sqrt, "tan": math.Tan, "tanh": math.Tanh,
		"deg": func(x float64) float64 { return x / (math.Pi / 180) },
		"rad": func(x float64) float64 { return x * (math.Pi / 180) },
	} {
		functions[name] = s.unary(fn)
	}
	library := s.Functions(functions)
	library.RawSetString("pi", lua.LNumber(math.Pi))
	library.RawSetString("huge", lua.LNumber(math.Inf(1)))
	return library
}

func (s *Sandbox) unary(fn func(float64) float64) lua.LGFunction {
	return func(L *lua.LState) int {
		L.Push(lua.LNumber(fn(auxlib.CheckNumber(L, 1))))
		return 1
	}
}

func (s *Sandbox) binary(fn func(x, y float64) float64) lua.LGFunction {
	return func(L *lua.LState) int {
		x, y := checkNumbers(L)
		L.Push(lua.LNumber(fn(x, y)))
		return 1
	}
}

// checkNumbers returns the first two arguments. The second is checked first, as C's compilers do.
func checkNumbers(L *lua.LState) (x, y float64) {
	y = auxlib.CheckNumber(L, 2)
	return auxlib.CheckNumber(L, 1), y
}

func (s *Sandbox) mathFmod(L *lua.LState) int {
	x, y := checkNumbers(L)
	result := math.Mod(x, y)
	if math.IsNaN(result) && !math.IsNaN(x) && !math.IsNaN(y) {
		result = math.Copysign(result, -1) // the sign that the processor gives it
	}
	L.Push(lua.LNumber(result))
	return 1
}

func (s *Sandbox) mathFrexp(L *lua.LState) int {
	fraction, exponent := math.Frexp(auxlib.CheckNumber(L, 1))
	L.Push(lua.LNumber(fraction))
	L.Push(lua.LNumber(exponent))
	return 2
}

func (s *Sandbox) mathLdexp(L *lua.LState) int {
	exponent := checkInt(L, 2)
	L.Push(lua.LNumber(math.Ldexp(auxlib.CheckNumber(L, 1), exponent)))
	return 1
}

func (s *Sandbox) mathMax(L *lua.LState) int {
	result := auxlib.CheckNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if n := auxlib.CheckNumber(L, i); n > result {
			result = n
		}
	}
	L.Push(lua.LNumber(result))
	return 1
}

func (s *Sandbox) mathMin(L *lua.LState) int {
	result := auxlib.CheckNumber(L, 1)
	for i := 2; i <= L.GetTop(); i++ {
		if n := auxlib.CheckNumber(L, i); n < result {
			result = n
		}
	}
	L.Push(lua.LNumber(result))
	return 1
}

func (s *Sandbox) mathModf(L *lua.LState) int {
	x := auxlib.CheckNumber(L, 1)
	whole, fraction := math.Trunc(x), math.Copysign(0, x)
	if !math.IsInf(x, 0) {
		fraction = math.Copysign(x-whole, x)
	}
	L.Push(lua.LNumber(whole))
	L.Push(lua.LNumber(fraction))
	return 2
}

// mathRandom has the arguments none, an upper bound, or both bounds.
func (s *Sandbox) mathRandom(L *lua.LState) int {
	random := s.random.next()
	low := 1
	switch L.GetTop() {
	case 0:
		L.Push(lua.LNumber(random))
		return 1
	case 1:
		high := checkInt(L, 1)
		if low > high {
			auxlib.ArgError(L, 1, "interval is empty")
		}
		L.Push(lua.LNumber(math.Floor(random*float64(high)) + 1))
		return 1
	case 2:
		low = checkInt(L, 1)
		high := checkInt(L, 2)
		if low > high {
			auxlib.ArgError(L, 2, "interval is empty")
		}
		L.Push(lua.LNumber(math.Floor(random*float64(high-low+1)) + float64(low)))
		return 1
	}
	s.Raise(L, "wrong number of arguments")
	return 0
}

func (s *Sandbox) mathRandomseed(L *lua.LState) int {
	s.random.seed(int32(checkInt(L, 1)))
	return 0
}
