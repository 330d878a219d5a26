package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * Where an endpoint's rows end, as the ledger has it: moved by the transaction that loads rows, and by nothing else but a
 * {@link CursorChange}.
 *
 * @param value the source's own text; null: nothing has been loaded by a cursor yet
 */
@Serdeable
public record CommittedCursor(@Nullable String value) {}
