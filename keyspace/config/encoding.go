package config

// Encoding is up to what size a collection keeps its compact form. Entries are
// counted, values are bytes.
type Encoding struct {
	HashMaxListpackEntries int
	HashMaxListpackValue   int64
	ListMaxListpackSize    int // entries; below zero, -1 to -5 for 4 kb to 64 kb
	ListCompressDepth      int
	SetMaxIntsetEntries    int
	SetMaxListpackEntries  int
	SetMaxListpackValue    int64
	ZSetMaxListpackEntries int
	ZSetMaxListpackValue   int64
	HLLSparseMaxBytes      int64
	StreamNodeMaxBytes     int64
	StreamNodeMaxEntries   int
	SanitizeDumpPayload    SanitizePayload
}

func (e *Encoding) directives() []Directive {
	return []Directive{
		intDirective("hash-max-listpack-entries", &e.HashMaxListpackEntries, 512, 0, longMax, 0).
			alias("hash-max-ziplist-entries"),
		memoryDirective("hash-max-listpack-value", &e.HashMaxListpackValue, 64, 0, longMax, 0).
			alias("hash-max-ziplist-value"),
		intDirective("list-max-listpack-size", &e.ListMaxListpackSize, -2, intMin, intMax, 0).
			alias("list-max-ziplist-size"),
		intDirective("list-compress-depth", &e.ListCompressDepth, 0, 0, intMax, 0),
		intDirective("set-max-intset-entries", &e.SetMaxIntsetEntries, 512, 0, longMax, 0),
		intDirective("set-max-listpack-entries", &e.SetMaxListpackEntries, 128, 0, longMax, 0),
		memoryDirective("set-max-listpack-value", &e.SetMaxListpackValue, 64, 0, longMax, 0),
		intDirective("zset-max-listpack-entries", &e.ZSetMaxListpackEntries, 128, 0, longMax, 0).
			alias("zset-max-ziplist-entries"),
		memoryDirective("zset-max-listpack-value", &e.ZSetMaxListpackValue, 64, 0, longMax, 0).
			alias("zset-max-ziplist-value"),
		memoryDirective("hll-sparse-max-bytes", &e.HLLSparseMaxBytes, 3000, 0, longMax, 0),
		memoryDirective("stream-node-max-bytes", &e.StreamNodeMaxBytes, 4096, 0, longMax, 0),
		intDirective("stream-node-max-entries", &e.StreamNodeMaxEntries, 100, 0, longMax, 0),
		choiceDirective("sanitize-dump-payload", &e.SanitizeDumpPayload, SanitizeNo, sanitizeNames, 0),
	}
}

// SanitizePayload says whose serialized values are checked through and through.
type SanitizePayload int

const (
	SanitizeNo SanitizePayload = iota
	SanitizeYes
	SanitizeClients
)

var sanitizeNames = []named[SanitizePayload]{
	{"no", SanitizeNo}, {"yes", SanitizeYes}, {"clients", SanitizeClients},
}
