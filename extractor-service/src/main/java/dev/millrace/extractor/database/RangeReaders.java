package dev.millrace.extractor.database;

import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Readers of the ranges of one table, each with a thread and a connection, whose records one thread takes. What waits
 * for it is bounded. The first failure of a reader ends all of them. For one thread.
 */
final class RangeReaders implements AutoCloseable {
    private static final int BATCH_BYTES = 256 * 1024;
    private static final Duration LOOK = Duration.ofMillis(100);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final TaskContext context;
    private final BlockingQueue<Message> messages;
    private final List<Reader> readers = new ArrayList<>();

    /** What a reader has to say. */
    private sealed interface Message {
        /**
         * Compared by nobody, and of one owner: hence arrays.
         *
         * @param ends of its records, whose last one is that of the bytes
         */
        @SuppressWarnings("ArrayRecordComponent")
        record Batch(byte[] bytes, int[] ends) implements Message {}

        record End() implements Message {}

        record Failure(Exception failure) implements Message {}
    }

    /** Takes one record. */
    interface Taker {
        void take(byte[] bytes, int start, int end);
    }

    RangeReaders(TaskContext context, int readers) {
        this.context = context;
        this.messages = new ArrayBlockingQueue<>(2 * readers);
    }

    /**
     * Begins to read.
     *
     * @param connection closed with the reader
     */
    void read(Connection connection, Dialect.Rows rows, List<String> names) {
        Reader reader = new Reader(connection, rows, names);
        readers.add(reader);
        reader.thread.start();
    }

    /** Hands over all records of all readers, and their progress in between. */
    void take(Taker taker, Runnable progress) throws SQLException, InterruptedException {
        int reading = readers.size();
        while (reading > 0) {
            context.checkStopped();
            switch (messages.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                case null -> {}
                case Message.End _ -> reading--;
                case Message.Failure(SQLException failure) -> throw failure;
                case Message.Failure(RuntimeException failure) -> throw failure;
                case Message.Failure(Exception failure) -> throw new IllegalStateException(failure);
                case Message.Batch(byte[] bytes, int[] ends) -> {
                    int start = 0;
                    for (int end : ends) {
                        taker.take(bytes, start, end);
                        start = end;
                    }
                    progress.run();
                }
            }
        }
    }

    /** Ends what is still being read, in the server too. */
    @Override
    public void close() {
        readers.forEach(Reader::end);
        boolean interrupted = Thread.interrupted();
        for (Reader reader : readers) {
            interrupted |= reader.joined();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Reader {
        private final Connection connection;
        private final Dialect.Rows rows;
        private final RecordBytes record;
        private final Thread thread;
        private byte[] bytes = new byte[BATCH_BYTES];
        private int size;
        private int[] ends = new int[1024];
        private int count;

        Reader(Connection connection, Dialect.Rows rows, List<String> names) {
            this.connection = connection;
            this.rows = rows;
            this.record = new RecordBytes(names);
            this.thread = Thread.ofPlatform()
                    .daemon()
                    .name(Thread.currentThread().getName() + "-range-" + readers.size())
                    .unstarted(this::run);
        }

        private void run() {
            try {
                tell(outcome());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // nobody listens any more
            }
        }

        private Message outcome() throws InterruptedException {
            try (connection;
                    rows) {
                while (rows.next(record)) {
                    add();
                }
                flush();
                return new Message.End();
            } catch (SQLException | RuntimeException e) {
                return new Message.Failure(e);
            }
        }

        private void add() throws InterruptedException {
            if (size > 0 && size + record.size() > BATCH_BYTES) {
                flush();
            }
            if (record.size() > bytes.length) {
                bytes = new byte[record.size()];
            }
            if (count == ends.length) {
                ends = Arrays.copyOf(ends, 2 * count);
            }
            System.arraycopy(record.array(), 0, bytes, size, record.size());
            size += record.size();
            ends[count++] = size;
        }

        private void flush() throws InterruptedException {
            if (count > 0) {
                tell(new Message.Batch(bytes, Arrays.copyOf(ends, count)));
                bytes = new byte[BATCH_BYTES];
                size = 0;
                count = 0;
            }
        }

        private void tell(Message message) throws InterruptedException {
            messages.put(message);
        }

        void end() {
            if (thread.isAlive()) {
                thread.interrupt();
                try {
                    rows.cancel();
                } catch (SQLException e) {
                    // the connection goes in any case
                }
            }
        }

        /** Waits for the thread; whether this one was interrupted meanwhile. A server that doesn't answer loses the connection. */
        boolean joined() {
            boolean interrupted = false;
            @Nullable Duration patience = PATIENCE;
            while (thread.isAlive()) {
                try {
                    if (patience == null) {
                        thread.join();
                    } else if (!thread.join(patience)) {
                        patience = null;
                        connection.abort(Runnable::run);
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (SQLException e) {
                    // it is closed already
                }
            }
            return interrupted;
        }
    }
}
