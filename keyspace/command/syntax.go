package command

import (
	"fmt"
	"slices"
	"strings"
)

// The notation of Command.Syntax is that of Redis's documentation:
//
//	key value              values that the client chooses
//	NX                     a token: a word in capitals, or one of = ~ * $ ""
//	EX seconds             a token and the value that belongs to it
//	LIMIT offset count     a token takes all values up to the next token or [...]
//	[...]                  may be left out
//	<A | B>  [A | B]       one of several
//	key [key ...]          once or more; any number of words may be repeated
//	[GET pattern [GET pattern ...]]   each time with its token
//	[section ...]          any number of times
//
// Two things are added for what it does not tell; syntaxShown removes them:
//
//	timeout:double         the type of a value whose name suggests another
//	[mode: A | B]          the name of a group, where the usual one is not meant;
//	<trim: A b>            also around something that needs a name and no choice
//
// parseSyntax reads it in three steps, each a function: words (syntaxLexer), a
// tree of what the brackets mean (readNodes), in which "x [x ...]" becomes one
// repeated node (foldNodes), and from that the tree of arguments
// (buildArguments): which value belongs to which token is decided last, when
// repetitions are known.

// syntaxNode is a word or a bracket of the notation.
type syntaxNode struct {
	kind         nodeKind
	word         string         // of a word
	label        string         // of a group
	alternatives [][]syntaxNode // of a group; a repeated node has one
	unmatched    bool           // of a repeated node: "[x ...]" without x before it
}

type nodeKind uint8

const (
	nodeWord nodeKind = iota
	nodeOptional
	nodeChoice
	nodeRepeated
)

// parseSyntax returns the arguments that a syntax describes. It panics when it
// cannot read it: the table of commands is part of the program.
func parseSyntax(syntax string) []argument {
	l := syntaxLexer{rest: syntax}
	l.next()
	nodes := l.readAlternatives("")
	if len(nodes) > 1 {
		return []argument{choiceOf("", nodes)}
	}
	return buildArguments(nodes[0])
}

// syntaxLexer splits a syntax into words, brackets, bars and dots.
type syntaxLexer struct {
	rest string
	word string // the current one; empty at the end
}

func (l *syntaxLexer) next() {
	l.rest = strings.TrimLeft(l.rest, " ")
	n := strings.IndexAny(l.rest, " []<>|")
	switch {
	case n < 0:
		n = len(l.rest)
	case n == 0 && l.rest != "":
		n = 1
	}
	l.word, l.rest = l.rest[:n], l.rest[n:]
}

// readAlternatives reads up to a closing bracket, which it leaves as the current
// word: the alternatives between the bars.
func (l *syntaxLexer) readAlternatives(closing string) [][]syntaxNode {
	alternatives := [][]syntaxNode{l.readNodes()}
	for l.word == "|" {
		l.next()
		alternatives = append(alternatives, l.readNodes())
	}
	if l.word != closing {
		panic(fmt.Sprintf("syntax: %q before %q, not %q", l.word, l.rest, closing))
	}
	return alternatives
}

// readNodes reads one alternative.
func (l *syntaxLexer) readNodes() (nodes []syntaxNode) {
	for {
		switch l.word {
		case "", "]", ">", "|":
			return nodes
		case "[":
			nodes = foldNodes(nodes, l.readGroup(nodeOptional, "]"))
		case "<":
			nodes = append(nodes, l.readGroup(nodeChoice, ">"))
		default:
			nodes = append(nodes, syntaxNode{kind: nodeWord, word: l.word})
			l.next()
		}
	}
}

// readGroup reads from an opening bracket to behind the closing one.
func (l *syntaxLexer) readGroup(kind nodeKind, closing string) syntaxNode {
	l.next()
	group := syntaxNode{kind: kind}
	if label, ok := strings.CutSuffix(l.word, ":"); ok {
		group.label = label
		l.next()
	}
	group.alternatives = l.readAlternatives(closing)
	l.next()
	return group
}

// foldNodes appends an optional group to the nodes before it. One that ends in dots
// repeats what is before it, if that is the same.
func foldNodes(nodes []syntaxNode, group syntaxNode) []syntaxNode {
	body := group.alternatives[0]
	last := len(body) - 1
	if len(group.alternatives) > 1 || last < 0 || body[last].word != "..." {
		return append(nodes, group)
	}
	body = body[:last]
	before := len(nodes) - len(body)
	if before < 0 || showNodes(nodes[before:]) != showNodes(body) {
		return append(nodes, syntaxNode{kind: nodeRepeated, alternatives: [][]syntaxNode{body}, unmatched: true})
	}
	once := slices.Clone(nodes[before:]) // with its labels and types, which the repetition may leave out
	return append(nodes[:before], syntaxNode{kind: nodeRepeated, alternatives: [][]syntaxNode{once}})
}

// syntaxShown is a syntax as people read it, without types and labels.
func syntaxShown(syntax string) string {
	l := syntaxLexer{rest: syntax}
	l.next()
	var alternatives []string
	for _, nodes := range l.readAlternatives("") {
		alternatives = append(alternatives, showNodes(nodes))
	}
	return strings.Join(alternatives, " | ")
}

// showNodes writes nodes in the notation, without types and labels.
func showNodes(nodes []syntaxNode) string {
	var words []string
	for _, n := range nodes {
		var alternatives []string
		for _, a := range n.alternatives {
			alternatives = append(alternatives, showNodes(a))
		}
		text := strings.Join(alternatives, " | ")
		switch n.kind {
		case nodeWord:
			text, _ = typedName(n.word)
		case nodeOptional:
			text = "[" + text + "]"
		case nodeChoice:
			if len(alternatives) > 1 {
				text = "<" + text + ">"
			}
		case nodeRepeated:
			if n.unmatched {
				text = "[" + text + " ...]"
			} else {
				text += " [" + text + " ...]"
			}
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

// buildArguments makes the arguments of one alternative.
func buildArguments(nodes []syntaxNode) (args []argument) {
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		if !isTokenNode(n) {
			args = append(args, buildArgument(n))
			continue
		}
		values := i + 1
		for values < len(nodes) && isValueNode(nodes[values]) {
			values++
		}
		args = append(args, tokenArgument(n.word, buildArguments(nodes[i+1:values])))
		i = values - 1
	}
	return args
}

// isTokenNode tells whether a node is a word to be given as it is.
func isTokenNode(n syntaxNode) bool {
	if n.kind != nodeWord {
		return false
	}
	return isMark(n.word) || n.word == strings.ToUpper(n.word) && n.word != strings.ToLower(n.word)
}

// isValueNode tells whether a node belongs to a token before it.
func isValueNode(n syntaxNode) bool {
	switch n.kind {
	case nodeWord:
		return !isTokenNode(n)
	case nodeChoice:
		return true
	case nodeRepeated:
		return !n.unmatched && isValueNode(n.alternatives[0][0])
	}
	return false
}

// buildArgument makes the argument of a node that is not a token.
func buildArgument(n syntaxNode) argument {
	var arg argument
	switch n.kind {
	case nodeWord:
		return valueArgument(n.word)
	case nodeRepeated:
		arg = blockOf("data", buildArguments(n.alternatives[0]))
		arg.multiple, arg.optional = true, n.unmatched
		arg.multipleToken = arg.token != ""
		return arg
	}
	if len(n.alternatives) > 1 {
		arg = choiceOf(n.label, n.alternatives)
	} else {
		arg = blockOf("", buildArguments(n.alternatives[0]))
		if n.label != "" {
			arg.name = n.label
		}
	}
	arg.optional = arg.optional || n.kind == nodeOptional
	return arg
}

// blockOf makes a single argument of several: a block of that name, or of that of
// its first.
func blockOf(name string, args []argument) argument {
	if len(args) == 1 {
		return args[0]
	}
	if name == "" {
		name = args[0].name + "-block"
	}
	return argument{name: name, kind: kindBlock, args: args, keySpec: noKeySpec}
}

// tokenArgument puts a token before its values.
func tokenArgument(token string, values []argument) argument {
	name := nameOfToken(token)
	if len(values) == 0 {
		return argument{name: name, display: name, kind: kindPureToken, token: token, keySpec: noKeySpec}
	}
	arg := blockOf(name, values)
	arg.token = token
	if arg.kind == kindOneOf && arg.unnamed {
		arg.name, arg.unnamed = name, false
	}
	return arg
}

// choiceOf makes the argument that is one of several.
func choiceOf(label string, alternatives [][]syntaxNode) argument {
	arg := argument{name: label, kind: kindOneOf, keySpec: noKeySpec}
	for _, nodes := range alternatives {
		arg.args = append(arg.args, blockOf("", buildArguments(nodes)))
	}
	if label == "" {
		arg.name, arg.unnamed = usualName(arg.args)
	}
	return arg
}
