/** Backups of tables: where they are kept, what says that they are whole, and how long they stay. */
package dev.millrace.loader.backup;
