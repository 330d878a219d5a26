/** Which loads may have begun to commit, whatever it is that they commit to. */
package dev.millrace.loader.commit;
