package syntax

import "strconv"

// literal writes a number so that gopher-lua's compiler reads it back as the same one. That takes a leading
// zero for an octal number, but no exponent for one.
func literal(n float64) string { return strconv.FormatFloat(n, 'e', -1, 64) }
