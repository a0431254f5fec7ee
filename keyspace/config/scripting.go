package config

// Scripting is Lua and functions.
type Scripting struct {
	BusyReplyThreshold     int // milliseconds; 0: never busy
	LuaEnableDeprecatedAPI bool
}

func (s *Scripting) directives() []Directive {
	return []Directive{
		intDirective("busy-reply-threshold", &s.BusyReplyThreshold, 5000, 0, longMax, 0).alias("lua-time-limit"),
		boolDirective("lua-enable-deprecated-api", &s.LuaEnableDeprecatedAPI, false, Immutable|Hidden),
	}
}
