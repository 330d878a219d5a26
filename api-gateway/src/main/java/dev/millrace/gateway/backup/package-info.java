/** Backups of tables, and what brings them back, each by a run of its own. */
package dev.millrace.gateway.backup;
