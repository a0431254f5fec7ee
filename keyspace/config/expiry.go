package config

// Expiry is how keys go when their time has come, and how memory is freed.
type Expiry struct {
	ActiveExpireEffort    int // 1 to 10
	LazyfreeLazyEviction  bool
	LazyfreeLazyExpire    bool
	LazyfreeLazyServerDel bool
	LazyfreeLazyUserDel   bool
	LazyfreeLazyUserFlush bool
}

func (e *Expiry) directives() []Directive {
	return []Directive{
		intDirective("active-expire-effort", &e.ActiveExpireEffort, 1, 1, 10, 0),
		boolDirective("lazyfree-lazy-eviction", &e.LazyfreeLazyEviction, false, 0),
		boolDirective("lazyfree-lazy-expire", &e.LazyfreeLazyExpire, false, 0),
		boolDirective("lazyfree-lazy-server-del", &e.LazyfreeLazyServerDel, false, 0),
		boolDirective("lazyfree-lazy-user-del", &e.LazyfreeLazyUserDel, false, 0),
		boolDirective("lazyfree-lazy-user-flush", &e.LazyfreeLazyUserFlush, false, 0),
	}
}
