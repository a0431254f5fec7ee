package sandbox

import (
	"math"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/syntax"
)

// nameLocals gives the locals of a compiled function, and of those in it, the names that the script has for
// them, and their scopes, which gopher-lua records wrongly where registers are used again. A scope ends where
// another local gets its register, where a loop ends, or behind its last position. ends is syntax.Chunk's.
func nameLocals(proto *lua.FunctionProto, ends map[string]int) {
	registers := localRegisters(proto.DbgLocals)
	loops := loopEnds(proto)
	for i, local := range proto.DbgLocals {
		local.EndPc = scopeEnd(proto, i, registers, loops, ends)
	}
	for _, local := range proto.DbgLocals {
		local.Name, _, _ = syntax.CutName(local.Name)
	}
	for i, name := range proto.DbgUpvalues {
		proto.DbgUpvalues[i], _, _ = syntax.CutName(name)
	}
	for _, inner := range proto.FunctionPrototypes {
		nameLocals(inner, ends)
	}
}

// localRegisters returns the register of each local. Those that the compiler has declared itself, three of each
// loop, are below the script's own ones that follow them.
func localRegisters(locals []*lua.DbgLocalInfo) []int {
	registers := make([]int, len(locals))
	next := 0
	for i := len(locals) - 1; i >= 0; i-- {
		_, register, ok := syntax.CutName(locals[i].Name)
		switch {
		case ok:
		case i+1 < len(locals):
			register = next - 1
		case i > 0:
			_, before, _ := syntax.CutName(locals[i-1].Name)
			register = before + 1
		}
		registers[i], next = register, register
	}
	return registers
}

// loopEnd is where the locals of a loop end: those from a register on.
type loopEnd struct{ pc, register int }

func loopEnds(proto *lua.FunctionProto) (list []loopEnd) {
	for pc, code := range proto.Code {
		switch op := int(code >> 26); op {
		case lua.OP_FORLOOP, lua.OP_TFORLOOP:
			list = append(list, loopEnd{pc, int(code >> 18 & 0xff)})
		}
	}
	return list
}

func scopeEnd(proto *lua.FunctionProto, i int, registers []int, loops []loopEnd, ends map[string]int) int {
	start, end := proto.DbgLocals[i].StartPc, math.MaxInt
	for j := i + 1; j < len(registers); j++ {
		if registers[j] <= registers[i] {
			end = proto.DbgLocals[j].StartPc
			break
		}
	}
	for _, loop := range loops {
		if loop.pc >= start && loop.register <= registers[i] {
			end = min(end, loop.pc+1)
			break
		}
	}
	if last, ok := ends[proto.DbgLocals[i].Name]; ok {
		for pc := max(start, 0); pc < len(proto.DbgSourcePositions) && pc < end; pc++ {
			if proto.DbgSourcePositions[pc] > last {
				return pc
			}
		}
	}
	return end
}

// numberLines makes lines of the positions in a compiled function.
func numberLines(proto *lua.FunctionProto, lines []int) {
	for i, pos := range proto.DbgSourcePositions {
		proto.DbgSourcePositions[i] = lineAt(lines, pos)
	}
	proto.LineDefined = lineAt(lines, proto.LineDefined)
	proto.LastLineDefined = lineAt(lines, proto.LastLineDefined)
	for _, inner := range proto.FunctionPrototypes {
		numberLines(inner, lines)
	}
}

func lineAt(lines []int, pos int) int { return lines[min(max(pos, 0), len(lines)-1)] }
