package config

import "fmt"

// Memory is how much there may be, and what goes when it is full.
type Memory struct {
	MaxMemory                 int64 // bytes; 0: no limit
	MaxMemoryPolicy           EvictionPolicy
	MaxMemorySamples          int
	MaxMemoryEvictionTenacity int // 0 to 100
	LFULogFactor              int
	LFUDecayTime              int // minutes
	ArenaHugePages            bool
	ActiveRehashing           bool

	ActiveDefrag               bool
	ActiveDefragCycleMin       int // percent of a core, as the next
	ActiveDefragCycleMax       int
	ActiveDefragThresholdLower int // percent of fragmentation, as the next
	ActiveDefragThresholdUpper int
	ActiveDefragIgnoreBytes    int64
	ActiveDefragMaxScanFields  int
}

func (m *Memory) directives() []Directive {
	return []Directive{
		memoryDirective("maxmemory", &m.MaxMemory, 0, 0, longMax, 0),
		choiceDirective("maxmemory-policy", &m.MaxMemoryPolicy, NoEviction, evictionNames, 0),
		intDirective("maxmemory-samples", &m.MaxMemorySamples, 5, 1, intMax, 0),
		intDirective("maxmemory-eviction-tenacity", &m.MaxMemoryEvictionTenacity, 10, 0, 100, 0),
		intDirective("lfu-log-factor", &m.LFULogFactor, 10, 0, intMax, 0),
		intDirective("lfu-decay-time", &m.LFUDecayTime, 1, 0, intMax, 0),
		boolDirective("arena-huge-pages", &m.ArenaHugePages, false, AtStart),
		boolDirective("activerehashing", &m.ActiveRehashing, true, 0),

		activeDefragDirective("activedefrag", &m.ActiveDefrag),
		intDirective("active-defrag-cycle-min", &m.ActiveDefragCycleMin, 1, 1, 99, 0),
		intDirective("active-defrag-cycle-max", &m.ActiveDefragCycleMax, 25, 1, 99, 0),
		intDirective("active-defrag-threshold-lower", &m.ActiveDefragThresholdLower, 10, 0, 1000, 0),
		intDirective("active-defrag-threshold-upper", &m.ActiveDefragThresholdUpper, 100, 0, 1000, 0),
		memoryDirective("active-defrag-ignore-bytes", &m.ActiveDefragIgnoreBytes, 100*mb, 1, longMax, 0),
		intDirective("active-defrag-max-scan-fields", &m.ActiveDefragMaxScanFields, 1000, 1, longMax, 0),
	}
}

// activeDefragDirective can be off only: nothing moves in the arena. Redis says
// the same, in these first words, where its allocator cannot do it.
func activeDefragDirective(name string, field *bool) Directive {
	return newDirective(name, field, false, 0, kind[bool]{
		parse: oneArg(func(s string) (bool, error) {
			yes, err := parseYesNo(s)
			if yes {
				err = fmt.Errorf("Active defragmentation cannot be enabled: the arena does not move memory, " +
					"it returns free spans to the system")
			}
			return yes, err
		}),
		text: yesNo,
	})
}

// EvictionPolicy says which keys go, and in what order, when memory is full.
type EvictionPolicy int

const (
	NoEviction EvictionPolicy = iota
	EvictVolatileLRU
	EvictVolatileLFU
	EvictVolatileRandom
	EvictVolatileTTL
	EvictAllKeysLRU
	EvictAllKeysLFU
	EvictAllKeysRandom
)

var evictionNames = []named[EvictionPolicy]{
	{"volatile-lru", EvictVolatileLRU}, {"volatile-lfu", EvictVolatileLFU},
	{"volatile-random", EvictVolatileRandom}, {"volatile-ttl", EvictVolatileTTL},
	{"allkeys-lru", EvictAllKeysLRU}, {"allkeys-lfu", EvictAllKeysLFU},
	{"allkeys-random", EvictAllKeysRandom}, {"noeviction", NoEviction},
}

func (p EvictionPolicy) String() string { return nameOf(evictionNames, p) }

// IsLFU tells whether the policy counts accesses; otherwise the access clock is
// one of recency.
func (p EvictionPolicy) IsLFU() bool { return p == EvictVolatileLFU || p == EvictAllKeysLFU }

// IsVolatile tells whether only keys with an expiry may go.
func (p EvictionPolicy) IsVolatile() bool {
	return p == EvictVolatileLRU || p == EvictVolatileLFU || p == EvictVolatileRandom || p == EvictVolatileTTL
}

// IsLRU tells whether the policy goes by how long a key was idle.
func (p EvictionPolicy) IsLRU() bool { return p == EvictVolatileLRU || p == EvictAllKeysLRU }
