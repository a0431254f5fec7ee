package config

// Replication is both sides of it: what a replica does and what a master keeps.
type Replication struct {
	ReplicaOf                    Master
	MasterUser                   string
	MasterAuth                   string
	ReplicaServeStaleData        bool
	ReplicaReadOnly              bool
	ReplicaLazyFlush             bool
	ReplicaIgnoreMaxMemory       bool
	ReplicaIgnoreDiskWriteErrors bool
	ReplicaPriority              int
	ReplicaAnnounced             bool
	ReplicaAnnounceIP            string
	ReplicaAnnouncePort          int
	ReplDisklessLoad             DisklessLoad
	PropagationErrorBehavior     PropagationErrorBehavior

	ReplTimeout                 int // seconds
	ReplPingReplicaPeriod       int // seconds
	ReplBacklogSize             int64
	ReplBacklogTTL              int // seconds without replicas; 0: for ever
	ReplDisableTCPNoDelay       bool
	ReplDisklessSync            bool
	ReplDisklessSyncDelay       int // seconds
	ReplDisklessSyncMaxReplicas int
	MinReplicasToWrite          int
	MinReplicasMaxLag           int // seconds
}

func (r *Replication) directives() []Directive {
	return []Directive{
		masterDirective("replicaof", &r.ReplicaOf).alias("slaveof"),
		optionDirective("masteruser", &r.MasterUser, Sensitive),
		optionDirective("masterauth", &r.MasterAuth, Sensitive),
		boolDirective("replica-serve-stale-data", &r.ReplicaServeStaleData, true, 0).alias("slave-serve-stale-data"),
		boolDirective("replica-read-only", &r.ReplicaReadOnly, true, 0).alias("slave-read-only"),
		boolDirective("replica-lazy-flush", &r.ReplicaLazyFlush, false, 0).alias("slave-lazy-flush"),
		boolDirective("replica-ignore-maxmemory", &r.ReplicaIgnoreMaxMemory, true, 0).alias("slave-ignore-maxmemory"),
		boolDirective("replica-ignore-disk-write-errors", &r.ReplicaIgnoreDiskWriteErrors, false, 0),
		intDirective("replica-priority", &r.ReplicaPriority, 100, 0, intMax, 0).alias("slave-priority"),
		boolDirective("replica-announced", &r.ReplicaAnnounced, true, 0),
		optionDirective("replica-announce-ip", &r.ReplicaAnnounceIP, 0).alias("slave-announce-ip"),
		intDirective("replica-announce-port", &r.ReplicaAnnouncePort, 0, 0, portMax, 0).
			alias("slave-announce-port"),
		choiceDirective("repl-diskless-load", &r.ReplDisklessLoad, DisklessLoadDisabled, disklessLoadNames, DenyLoading),
		choiceDirective("propagation-error-behavior", &r.PropagationErrorBehavior, PropagationIgnore, propagationNames, 0),

		intDirective("repl-timeout", &r.ReplTimeout, 60, 1, intMax, 0),
		intDirective("repl-ping-replica-period", &r.ReplPingReplicaPeriod, 10, 1, intMax, 0).
			alias("repl-ping-slave-period"),
		newDirective("repl-backlog-size", &r.ReplBacklogSize, 1*mb, 0,
			clamped(memoryKind(1, longMax), backlogBytesMin, longMax)),
		intDirective("repl-backlog-ttl", &r.ReplBacklogTTL, 3600, 0, longMax, 0),
		boolDirective("repl-disable-tcp-nodelay", &r.ReplDisableTCPNoDelay, false, 0),
		boolDirective("repl-diskless-sync", &r.ReplDisklessSync, true, 0),
		intDirective("repl-diskless-sync-delay", &r.ReplDisklessSyncDelay, 5, 0, intMax, 0),
		intDirective("repl-diskless-sync-max-replicas", &r.ReplDisklessSyncMaxReplicas, 0, 0, intMax, 0),
		intDirective("min-replicas-to-write", &r.MinReplicasToWrite, 0, 0, intMax, 0).alias("min-slaves-to-write"),
		intDirective("min-replicas-max-lag", &r.MinReplicasMaxLag, 10, 0, intMax, 0).alias("min-slaves-max-lag"),
	}
}

// backlogBytesMin: with less, no reconnection would ever find its place.
const backlogBytesMin = 16 * kb

// DisklessLoad says whether a replica may load its master's data from the socket.
type DisklessLoad int

const (
	DisklessLoadDisabled DisklessLoad = iota
	DisklessLoadOnEmptyDB
	DisklessLoadSwapDB
)

var disklessLoadNames = []named[DisklessLoad]{
	{"disabled", DisklessLoadDisabled}, {"on-empty-db", DisklessLoadOnEmptyDB}, {"swapdb", DisklessLoadSwapDB},
}

// PropagationErrorBehavior says what follows when a command fails that came
// from the master or the journal.
type PropagationErrorBehavior int

const (
	PropagationIgnore PropagationErrorBehavior = iota
	PropagationPanic
	PropagationPanicOnReplicas
)

var propagationNames = []named[PropagationErrorBehavior]{
	{"ignore", PropagationIgnore}, {"panic", PropagationPanic}, {"panic-on-replicas", PropagationPanicOnReplicas},
}
