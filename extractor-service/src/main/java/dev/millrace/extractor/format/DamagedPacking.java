package dev.millrace.extractor.format;

import io.micronaut.core.annotation.Nullable;
import java.io.IOException;

/** A failure: bytes that are packed, and are damaged or cut off, or unpack to too many. */
public final class DamagedPacking extends IOException {
    DamagedPacking(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
