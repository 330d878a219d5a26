package dev.millrace.extractor.upload;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.ExtractorConfig;
import dev.millrace.extractor.SourceReader;
import dev.millrace.extractor.format.FormattedRecords;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.upload.UploadRead;
import dev.millrace.pipeline.upload.UploadSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import jakarta.inject.Singleton;
import java.io.BufferedInputStream;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;

/** Reads what was sent to the gateway, out of staging. */
@Singleton
final class UploadReader implements SourceReader<UploadSource, UploadRead> {
    private final StagingStore staging;
    private final ExtractorConfig config;

    UploadReader(StagingStore staging, ExtractorConfig config) {
        this.staging = staging;
        this.config = config;
    }

    @Override
    public Class<UploadSource> source() {
        return UploadSource.class;
    }

    @Override
    public Class<UploadRead> read() {
        return UploadRead.class;
    }

    @Override
    public void read(Extraction<UploadSource, UploadRead> extraction) {
        UploadRead read = extraction.read();
        String name = extraction.source().name();
        FormattedRecords records = new FormattedRecords(
                read.format(),
                read.records() == null ? null : JsonPath.of(read.records()),
                Missing.FAIL,
                extraction.columns(),
                extraction.context()::info,
                new FormattedRecords.Room(config.scratchFolder(), config.unpackRatio()));
        if (read.ofTexts()) {
            extraction.staged().ofTexts();
        }
        RecordSink staged = extraction.staged().from(name);
        CountedRecords counted = read.most() == null ? null : new CountedRecords(name, read.most(), staged);
        try (InputStream in =
                new BufferedInputStream(staging.open(extraction.source().object()))) {
            records.read(name, in, counted == null ? staged : counted);
        } catch (MalformedSource e) {
            throw new MillraceException(
                    counted == null ? e.code() : ErrorCode.UPLOAD_REFUSED, name + ": " + e.getMessage(), e);
        } catch (CharConversionException e) {
            throw new MillraceException(
                    counted == null ? ErrorCode.SOURCE_UNREADABLE : ErrorCode.UPLOAD_REFUSED,
                    name + ": " + e.getMessage(),
                    e);
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.SOURCE_MALFORMED, name + ": " + e.getMessage(), e);
        }
        if (counted != null) {
            counted.done();
        }
    }
}
