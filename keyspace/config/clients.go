package config

// Clients is what a connection may use, and what it is told unasked.
type Clients struct {
	MaxClients              int
	Timeout                 int   // seconds of idleness; 0: none
	MaxMemoryClients        int64 // bytes; below zero, a percentage of maxmemory
	ClientQueryBufferLimit  int64
	ClientOutputBufferLimit OutputLimits
	ProtoMaxBulkLen         int64
	TrackingTableMaxKeys    int // 0: no limit
	NotifyKeyspaceEvents    NotifyEvents
}

func (c *Clients) directives() []Directive {
	return []Directive{
		intDirective("maxclients", &c.MaxClients, 10000, 1, uintMax, 0),
		intDirective("timeout", &c.Timeout, 0, 0, intMax, 0),
		memoryOrPercentDirective("maxmemory-clients", &c.MaxMemoryClients, 0),
		memoryDirective("client-query-buffer-limit", &c.ClientQueryBufferLimit, 1*gb, 1*mb, longMax, 0),
		outputLimitsDirective("client-output-buffer-limit", &c.ClientOutputBufferLimit, OutputLimits{
			ClassReplica: {HardBytes: 256 * mb, SoftBytes: 64 * mb, SoftSeconds: 60},
			ClassPubSub:  {HardBytes: 32 * mb, SoftBytes: 8 * mb, SoftSeconds: 60},
		}),
		memoryDirective("proto-max-bulk-len", &c.ProtoMaxBulkLen, 512*mb, 1*mb, longMax, 0),
		intDirective("tracking-table-max-keys", &c.TrackingTableMaxKeys, 1000000, 0, longMax, 0),
		notifyDirective("notify-keyspace-events", &c.NotifyKeyspaceEvents),
	}
}
