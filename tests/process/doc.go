// Package process runs the built binary as service managers and shells do: it leaves its
// number in a file, tells systemd that it is ready, and goes to the background.
package process
