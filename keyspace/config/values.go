package config

import "path/filepath"

// Values holds what the directives are set to: one typed field per directive,
// named as the directive is, grouped as the files of this package are. Units
// are in the directive's own words; where Redis leaves them open, a comment at
// the field says.
//
// Only Config changes a field. See the package's page for who may read them.
type Values struct {
	Process
	Network
	TLS
	Clients
	Security
	Memory
	Expiry
	Encoding
	Snapshot
	AppendOnlyFile
	Replication
	Cluster
	Observation
	Scripting
}

// table returns every directive, bound to its field of v, and sets v to the
// defaults. Its order is the order of CONFIG GET and of lines that CONFIG
// REWRITE appends.
func table(v *Values) []Directive {
	var all []Directive
	for _, section := range [][]Directive{
		v.Process.directives(),
		v.Network.directives(),
		v.TLS.directives(),
		v.Clients.directives(),
		v.Security.directives(),
		v.Memory.directives(),
		v.Expiry.directives(),
		v.Encoding.directives(),
		v.Snapshot.directives(),
		v.AppendOnlyFile.directives(),
		v.Replication.directives(),
		v.Cluster.directives(),
		v.Observation.directives(),
		v.Scripting.directives(),
	} {
		all = append(all, section...)
	}
	return all
}

// Path returns the file that a directive's value names: relative names start
// from dir.
func (v *Values) Path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(v.Dir, name)
}
