package dev.millrace.extractor.format;

import io.micronaut.core.annotation.Nullable;
import java.io.IOException;

/** A failure: bytes that are packed, and are damaged or cut off. */
public final class DamagedPacking extends IOException {
    DamagedPacking(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
