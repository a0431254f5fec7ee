// Package fs is the file system as durability sees it: small enough to be implemented six times.
//
//	os.go         the real one, on Linux
//	memory.go     a map of files, for tests that need no disk
//	crashable.go  memory that tells what was synced from what was not, and can lose the difference
//	readonly.go   the real one, of which nothing can be changed
//	failing.go    any other one, with disks that fill up and system calls that fail on demand
//	waiting.go    any other one, with somebody who is told of calls that may take long
//
// On top of the interfaces, stream.go writes large files and discard.go frees them, in steps that others who need the
// disk or the core do not notice.
//
// The interfaces have no file position: a reader says where it reads and a writer says where it writes. So a
// write that failed half way is repeated at the same place and cannot leave its first half behind, and what
// lies on disk does not depend on who moved an offset. Where a stream is wanted, io.NewSectionReader and
// io.NewOffsetWriter make one.
//
// What a caller may rely on after a power cut is what POSIX promises and no more; Crashable takes everything
// else away:
//
//   - bytes of a file: those written before a Sync of that file that succeeded
//   - a file's name (created, renamed, removed): once SyncDir of its folder succeeded after it
//   - after a Sync that failed: nothing of what was written since the last one that succeeded, even when a later one
//     succeeds; it has to be written again
//
// The package knows nothing of formats, journals or keys. Start at fs.go.
package fs
