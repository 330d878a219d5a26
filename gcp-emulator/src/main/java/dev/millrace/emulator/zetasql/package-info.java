/**
 * Google's own analyzer and evaluator of GoogleSQL, the language of BigQuery, within the process.
 *
 * @see <a href="https://github.com/google/zetasql">ZetaSQL</a>
 */
@NullMarked
package dev.millrace.emulator.zetasql;

import org.jspecify.annotations.NullMarked;
