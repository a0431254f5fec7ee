package command

import (
	"fmt"
	"slices"
	"strings"

	"solokv/keyspace"
)

// Document writes docs/COMMANDS.md: one table of Markdown per group, groups and
// commands by name. It is a function of the table alone, so that a test can tell
// whether the stored page is up to date.
func Document(commands []*keyspace.Command) string {
	all := keyspace.NewTable(commands).All()
	byGroup := map[keyspace.Group][]*keyspace.Command{}
	var groups []keyspace.Group
	subcommands := 0
	for _, cmd := range all {
		if byGroup[cmd.Group] == nil {
			groups = append(groups, cmd.Group)
		}
		byGroup[cmd.Group] = append(byGroup[cmd.Group], cmd)
		subcommands += len(cmd.Subcommands)
	}
	slices.Sort(groups)

	var page strings.Builder
	page.WriteString("# Commands\n\n")
	fmt.Fprintf(&page, "SoloKV has %d commands and %d subcommands. \"Since\" is the version of Redis that brought\n"+
		"them. `make docs` writes this page from the command table; `COMMAND DOCS` tells the same\nto programs.\n",
		len(all), subcommands)
	for _, group := range groups {
		fmt.Fprintf(&page, "\n## %s\n\n", groupTitle(group))
		page.WriteString("| Command | What it does | Since | Cost |\n|---|---|---|---|\n")
		for _, cmd := range byGroup[group] {
			writeRows(&page, cmd)
		}
	}
	return page.String()
}

// groupTitle is "Sorted set" for "sorted-set".
func groupTitle(group keyspace.Group) string {
	title := strings.ReplaceAll(string(group), "-", " ")
	return strings.ToUpper(title[:1]) + title[1:]
}

// writeRows writes a command, or in its place the subcommands of a container.
func writeRows(page *strings.Builder, cmd *keyspace.Command) {
	if cmd.Handler != nil {
		writeRow(page, cmd)
	}
	subcommands := slices.Clone(cmd.Subcommands)
	slices.SortFunc(subcommands, func(a, b *keyspace.Command) int { return strings.Compare(a.Name, b.Name) })
	for _, sub := range subcommands {
		writeRow(page, sub)
	}
}

func writeRow(page *strings.Builder, cmd *keyspace.Command) {
	call := strings.ToUpper(strings.ReplaceAll(cmd.FullName(), "|", " "))
	if cmd.Syntax != "" {
		call += " " + syntaxShown(cmd.Syntax)
	}
	summary := cmd.Summary
	if since, instead, ok := strings.Cut(cmd.Deprecated, " "); ok {
		summary += fmt.Sprintf(" Deprecated since %s, replaced by %s.", since, strings.TrimPrefix(instead, "use "))
	}
	fmt.Fprintf(page, "| `%s` | %s | %s | %s |\n", inCell(call), inCell(summary), cmd.Since, inCell(cmd.Complexity))
}

// inCell escapes what would end a cell; that holds inside of code, too.
func inCell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
