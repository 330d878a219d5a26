package dev.millrace.service;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.concurrent.Executor;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * The bytes of a stream as the body of an answer, which is sent as it is read, and no faster than it is taken. The framework's own
 * way hands over 8 KB at a time, from thread to thread, which costs more than what is in them.
 */
public final class SentStream {
    private static final Logger LOG = LoggerFactory.getLogger(SentStream.class);
    private static final int PIECE = 256 * 1024;

    private SentStream() {}

    /**
     * @param stream is read by one of the threads at a time, and closed when it has ended or nobody takes it any more
     * @param threads that may wait
     */
    public static Publisher<byte[]> of(InputStream stream, Executor threads) {
        return Flux.<byte[], InputStream>generate(
                        () -> stream,
                        (in, sink) -> {
                            try {
                                byte[] piece = new byte[PIECE];
                                int length = in.readNBytes(piece, 0, PIECE);
                                if (length == 0) {
                                    sink.complete();
                                } else {
                                    sink.next(length == PIECE ? piece : Arrays.copyOf(piece, length));
                                }
                            } catch (IOException e) {
                                sink.error(new UncheckedIOException(e)); // breaks the answer off
                            }
                            return in;
                        },
                        SentStream::close)
                .subscribeOn(Schedulers.fromExecutor(threads));
    }

    private static void close(InputStream stream) {
        try {
            stream.close();
        } catch (IOException e) {
            LOG.debug("a stream that was sent can't be closed", e);
        }
    }
}
