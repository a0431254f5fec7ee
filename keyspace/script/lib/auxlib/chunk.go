package auxlib

// HiddenChunk is the name of chunks whose functions no error shows: to a script they are none of Lua's.
const HiddenChunk = "=(hidden)"

const (
	chunkIDBytesMax = 80
	// What the frame around a shortened name takes of it: its quotes, dots and an end.
	chunkTextBytes = chunkIDBytesMax - len(` [string "..."] `) - 1
	chunkFileBytes = chunkIDBytesMax - len(` '...' `) - 1
)

// ChunkID is how messages show the name that a chunk was given: "=name" and "@file" as they are, anything else
// as the beginning of the chunk's text.
func ChunkID(name string) string {
	if name == "" {
		return `[string ""]`
	}
	switch rest := name[1:]; name[0] {
	case '=':
		return rest[:min(len(rest), chunkIDBytesMax-1)]
	case '@':
		if len(rest) > chunkFileBytes {
			return "..." + rest[len(rest)-chunkFileBytes:]
		}
		return rest
	}
	end := 0
	for end < len(name) && name[end] != '\n' && name[end] != '\r' && end < chunkTextBytes {
		end++
	}
	if end < len(name) {
		return `[string "` + name[:end] + `..."]`
	}
	return `[string "` + name + `"]`
}
