/** The four services as processes of a laptop: in one process, or each in its own under supervision. */
package dev.millrace.standalone.process;
