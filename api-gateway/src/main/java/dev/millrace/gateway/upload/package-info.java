/** Files that somebody sends for tables, each loaded by a run of its own. */
package dev.millrace.gateway.upload;
