package config

// Security is who may do what. Users themselves stand in "user" lines or in
// the ACL file; see Config.Users.
type Security struct {
	RequirePass            string
	ACLFile                string
	ACLLogMaxLen           int
	ACLPubSubDefault       PubSubDefault
	EnableProtectedConfigs Allowance
	EnableDebugCommand     Allowance
	EnableModuleCommand    Allowance
}

func (s *Security) directives() []Directive {
	return []Directive{
		optionDirective("requirepass", &s.RequirePass, Sensitive),
		stringDirective("aclfile", &s.ACLFile, "", Immutable),
		intDirective("acllog-max-len", &s.ACLLogMaxLen, 128, 0, longMax, 0),
		choiceDirective("acl-pubsub-default", &s.ACLPubSubDefault, PubSubResetChannels, pubSubDefaultNames, 0),
		choiceDirective("enable-protected-configs", &s.EnableProtectedConfigs, AllowNo, allowanceNames, Immutable),
		choiceDirective("enable-debug-command", &s.EnableDebugCommand, AllowNo, allowanceNames, Immutable),
		choiceDirective("enable-module-command", &s.EnableModuleCommand, AllowNo, allowanceNames, Immutable),
	}
}

// PubSubDefault is what a new user may subscribe to.
type PubSubDefault int

const (
	PubSubResetChannels PubSubDefault = iota
	PubSubAllChannels
)

var pubSubDefaultNames = []named[PubSubDefault]{
	{"allchannels", PubSubAllChannels}, {"resetchannels", PubSubResetChannels},
}

// Allowance says which clients a dangerous thing is open to.
type Allowance int

const (
	AllowNo    Allowance = iota
	AllowYes             // every client
	AllowLocal           // clients on this machine
)

var allowanceNames = []named[Allowance]{{"no", AllowNo}, {"yes", AllowYes}, {"local", AllowLocal}}

// Admits tells whether a client, local or not, is among those allowed.
func (a Allowance) Admits(local bool) bool {
	return a == AllowYes || a == AllowLocal && local
}
