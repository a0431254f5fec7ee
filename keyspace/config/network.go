package config

// Network is what the server listens on and what moves the bytes.
type Network struct {
	Port           int // 0: no TCP
	Bind           []string
	BindSourceAddr string
	ProtectedMode  bool
	TCPBacklog     int
	TCPKeepalive   int // seconds; 0: off
	SocketMarkID   int
	UnixSocket     string
	UnixSocketPerm int // a file mode; 0: as the umask says

	EventLoops       int // 0: chosen by the number of cores
	IOThreads        int
	IOThreadsDoReads bool

	AdminPort int // of HTTP for operators; 0: none
	AdminBind []string
}

func (n *Network) directives() []Directive {
	return []Directive{
		intDirective("port", &n.Port, 5555, 0, portMax, 0),
		bindDirective("bind", &n.Bind, []string{"*", "-::*"}),
		optionDirective("bind-source-addr", &n.BindSourceAddr, 0),
		boolDirective("protected-mode", &n.ProtectedMode, true, 0),
		intDirective("tcp-backlog", &n.TCPBacklog, 511, 0, intMax, Immutable),
		intDirective("tcp-keepalive", &n.TCPKeepalive, 300, 0, intMax, 0),
		intDirective("socket-mark-id", &n.SocketMarkID, 0, 0, uintMax, Immutable),
		optionDirective("unixsocket", &n.UnixSocket, Immutable),
		octalDirective("unixsocketperm", &n.UnixSocketPerm, 0o777, Immutable),

		intDirective("event-loops", &n.EventLoops, 0, 0, eventLoopsMax, AtStart),
		intDirective("io-threads", &n.IOThreads, 1, 1, 128, Immutable),
		boolDirective("io-threads-do-reads", &n.IOThreadsDoReads, false, Immutable),

		intDirective("admin-port", &n.AdminPort, 0, 0, portMax, 0),
		bindDirective("admin-bind", &n.AdminBind, []string{"127.0.0.1", "-::1"}),
	}
}

const eventLoopsMax = 1024
