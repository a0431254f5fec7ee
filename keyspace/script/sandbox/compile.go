package sandbox

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"solokv/keyspace/script/lib/auxlib"
	"solokv/keyspace/script/syntax"
)

// compile hands a tree to gopher-lua. What remains to go wrong there is a function that needs too many
// registers, constants or jumps, which the reference implementation has one text for.
func compile(tree syntax.Chunk, chunk string) (proto *lua.FunctionProto, err error) {
	line := 0
	defer func() {
		if failure := recover(); failure != nil || err != nil {
			err = &syntax.Error{Text: fmt.Sprintf("%s:%d: function or expression too complex", auxlib.ChunkID(chunk), line)}
		}
	}()
	proto, err = lua.Compile(tree.Stmts, chunk)
	if failure, ok := err.(*lua.CompileError); ok {
		line = lineAt(tree.Lines, failure.Line)
	}
	return proto, err
}
