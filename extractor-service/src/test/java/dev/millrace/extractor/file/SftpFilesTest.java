package dev.millrace.extractor.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.extractor.SampleUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.file.SftpFiles;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyEncryptionContext;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.sftp.server.FileHandle;
import org.apache.sshd.sftp.server.SftpEventListener;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of a real server of SFTP, in this process. */
class SftpFilesTest {
    /** Of nobody. */
    private static final String ED25519 =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    private static ExtractorUnderTest extractor;
    private static KeyPair serverKey;
    private static KeyPair userKey;

    private final AtomicReference<Consumer<ServerSession>> atNextRead = new AtomicReference<>(_ -> {});

    @TempDir
    private Path folder;

    private SshServer server;

    @BeforeAll
    static void start(@TempDir Path service) throws Exception {
        extractor = new ExtractorUnderTest(service, Map.of());
        serverKey = key();
        userKey = key();
        extractor.secret("password", "correct horse");
        extractor.secret("wrong", "battery staple");
        extractor.secret("key", openSsh(userKey, null));
        extractor.secret("locked", openSsh(userKey, "sesame"));
        extractor.secret("stranger", openSsh(key(), null));
        extractor.secret("passphrase", "sesame");
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    @BeforeEach
    void serve() throws IOException {
        SftpSubsystemFactory sftp = new SftpSubsystemFactory();
        sftp.addSftpEventListener(new SftpEventListener() {
            @Override
            public void reading(
                    ServerSession session,
                    String handle,
                    FileHandle file,
                    long offset,
                    byte[] data,
                    int at,
                    int length) {
                atNextRead.getAndSet(_ -> {}).accept(session);
            }
        });
        server = SshServer.setUpDefaultServer();
        server.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        server.setKeyPairProvider(KeyPairProvider.wrap(serverKey));
        server.setPasswordAuthenticator(
                (user, password, _) -> user.equals("reader") && password.equals("correct horse"));
        server.setPublickeyAuthenticator((_, key, _) -> KeyUtils.compareKeys(key, userKey.getPublic()));
        server.setSubsystemFactories(List.of(sftp));
        server.setFileSystemFactory(new VirtualFileSystemFactory(folder));
        server.start();
    }

    @AfterEach
    void end() throws IOException {
        server.stop(true);
    }

    private static KeyPair key() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static String openSsh(KeyPair key, @Nullable String passphrase) throws Exception {
        OpenSSHKeyEncryptionContext encrypted = null;
        if (passphrase != null) {
            encrypted = new OpenSSHKeyEncryptionContext();
            encrypted.setPassword(passphrase);
            encrypted.setCipherType("256");
        }
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "reader", encrypted, written);
        return written.toString(StandardCharsets.US_ASCII);
    }

    private void file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-01-31T12:00:00Z")));
    }

    private SftpFiles byPassword(String password) {
        return login(password, null, null, serverKey, "/out");
    }

    private SftpFiles login(
            @Nullable String password,
            @Nullable String privateKey,
            @Nullable String passphrase,
            KeyPair hostKey,
            String below) {
        return new SftpFiles(
                server.getHost(),
                String.valueOf(server.getPort()),
                "reader",
                password,
                privateKey,
                passphrase,
                List.of(PublicKeyEntry.toString(hostKey.getPublic())),
                below,
                Duration.ofSeconds(20));
    }

    private static Work.Extract work(SftpFiles sftp, String pattern, FileSelection.Reading reading) {
        return new Work.Extract(
                new FileSource(null, null, sftp),
                new FileRead(new FileSelection(pattern, new Format.Ndjson(), Missing.FAIL, null, reading), null),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private static Work.Extract work(SftpFiles sftp) {
        return work(sftp, "**/*.ndjson", FileSelection.Reading.ALL);
    }

    private String failure(ErrorCode code, SftpFiles sftp) throws Exception {
        return extractor.extract(work(sftp)).failure(code);
    }

    private String at() {
        return server.getHost() + ":" + server.getPort();
    }

    @Test
    void filesThatMatchAreReadInTheOrderOfTheirNamesWhateverTheseAre() throws Exception {
        file("out/b.ndjson", "{\"n\":3}\n");
        file("out/a [1]*?é.ndjson", "{\"n\":1}\n");
        file("out/below/c.ndjson", "{\"n\":4}\nno record\n");
        file("out/b.csv", "n\n9\n");
        file("elsewhere/d.ndjson", "{\"n\":2}\n");
        Files.createSymbolicLink(folder.resolve("out/a2.ndjson"), folder.resolve("elsewhere/d.ndjson"));

        ExtractorUnderTest.Result result = extractor.extract(work(byPassword("${secret:password}")));
        assertThat(extractor.records(result))
                .containsExactly("{\"n\":1}", "{\"n\":2}", "{\"n\":3}", "{\"n\":4}", "no record");
        assertThat(result.log()).anyMatch(line -> line.startsWith("INFO below/c.ndjson: 2 records, "));
        assertThat(extractor.records(work(
                        login("${secret:password}", null, null, serverKey, "out"),
                        "*.ndjson",
                        FileSelection.Reading.ALL)))
                .containsExactly("{\"n\":1}", "{\"n\":2}", "{\"n\":3}");
        assertThat(extractor
                        .extract(work(byPassword("${secret:password}"), "*.xml", FileSelection.Reading.ALL))
                        .failure(ErrorCode.SOURCE_EMPTY))
                .isEqualTo("no file in sftp://" + at() + "/out matches '*.xml'");
    }

    @Test
    void aUserMayProveWhoItIsByAKeyWithOrWithoutAPassphrase() throws Exception {
        file("out/a.ndjson", "{\"n\":1}\n");
        assertThat(extractor.records(work(login(null, "${secret:key}", null, serverKey, "/out"))))
                .containsExactly("{\"n\":1}");
        assertThat(extractor.records(work(login(null, "${secret:locked}", "${secret:passphrase}", serverKey, "/out"))))
                .containsExactly("{\"n\":1}");
    }

    @Test
    void aServerThatHasAnotherKeyIsToldNoSecret() throws Exception {
        assertThat(failure(ErrorCode.SOURCE_REFUSED, login("${secret:password}", null, null, userKey, "/out")))
                .isEqualTo("the server " + at() + " proves itself by the key "
                        + KeyUtils.getFingerPrint(serverKey.getPublic())
                        + ", which is none of hostKeys (expected: the key that the server's owner has told you)");
        assertThat(failure(
                        ErrorCode.SOURCE_REFUSED,
                        new SftpFiles(
                                server.getHost(),
                                String.valueOf(server.getPort()),
                                "reader",
                                "${secret:password}",
                                null,
                                null,
                                List.of(ED25519),
                                "/out",
                                Duration.ofSeconds(20))))
                .isEqualTo("the server " + at() + " proves itself by the key "
                        + KeyUtils.getFingerPrint(serverKey.getPublic())
                        + ", which is none of hostKeys (expected: the key that the server's owner has told you)");
    }

    @Test
    void aUserThatTheServerDoesntKnowIsUnauthorized() throws Exception {
        assertThat(failure(ErrorCode.SOURCE_UNAUTHORIZED, byPassword("${secret:wrong}")))
                .isEqualTo("the server " + at() + " doesn't let the user in (expected: a user with this password)");
        assertThat(failure(ErrorCode.SOURCE_UNAUTHORIZED, login(null, "${secret:stranger}", null, serverKey, "/out")))
                .isEqualTo("the server " + at() + " doesn't let the user in (expected: a user with this privateKey)");
        assertThat(failure(ErrorCode.SOURCE_REFUSED, login(null, "${secret:locked}", null, serverKey, "/out")))
                .isEqualTo("the source's privateKey is encrypted, and there is no passphrase");
        assertThat(failure(
                        ErrorCode.SOURCE_REFUSED,
                        login(null, "${secret:locked}", "${secret:wrong}", serverKey, "/out")))
                .startsWith("the source's privateKey is none that can be read with its passphrase (expected: ");
        assertThat(failure(ErrorCode.SOURCE_REFUSED, login(null, "${secret:password}", null, serverKey, "/out")))
                .isEqualTo("the source's privateKey is none that can be read (expected: one of OpenSSH or in PEM, of"
                        + " Ed25519, ECDSA or RSA)");
    }

    @Test
    void aServerWithKeysOfSeveralTypesProvesItselfByTheOneThatIsNamed() throws Exception {
        file("out/a.ndjson", "{\"n\":1}\n");
        KeyPair rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair();
        server.setKeyPairProvider(KeyPairProvider.wrap(rsa, serverKey));
        for (KeyPair named : List.of(rsa, serverKey)) {
            assertThat(extractor.records(work(login("${secret:password}", null, null, named, "/out"))))
                    .containsExactly("{\"n\":1}");
        }
    }

    @Test
    void aCheckGoesTheWayToTheFilesStepByStep() throws Exception {
        file("out/a.ndjson", "{\"n\":1}\n");
        SampleUnderTest samples = new SampleUnderTest(extractor);
        assertThat(samples.check(work(byPassword("${secret:password}"))))
                .satisfiesExactly(
                        step -> assertThat(step)
                                .isEqualTo("ok resolves: " + server.getHost() + " is " + server.getHost()),
                        step -> assertThat(step).isEqualTo("ok connects: to port " + server.getPort()),
                        step -> assertThat(step)
                                .isEqualTo("ok logs in: the server has a key of hostKeys, the user begins in /"),
                        step -> assertThat(step)
                                .isEqualTo("ok finds files: 1 in sftp://" + at() + "/out, the first is a.ndjson"),
                        step -> assertThat(step).startsWith("ok reads: a record is there"));
        assertThat(samples.check(work(byPassword("${secret:wrong}"))).getLast())
                .isEqualTo("FAILED logs in: SOURCE_UNAUTHORIZED: the server " + at()
                        + " doesn't let the user in (expected: a user with this password)");
        assertThat(samples.check(work(login("${secret:password}", null, null, userKey, "/out")))
                        .getLast())
                .startsWith("FAILED logs in: SOURCE_REFUSED: the server " + at() + " proves itself by the key SHA256:");
        assertThat(samples.check(work(login("${secret:password}", null, null, serverKey, "/gone")))
                        .getLast())
                .isEqualTo("FAILED finds files: SOURCE_REFUSED: folder /gone is not on the server " + at());
    }

    @Test
    void aFolderThatIsAFileIsRefused() throws Exception {
        file("out/a.ndjson", "{\"n\":1}\n");
        assertThat(failure(
                        ErrorCode.SOURCE_REFUSED, login("${secret:password}", null, null, serverKey, "/out/a.ndjson")))
                .isEqualTo("folder /out/a.ndjson is a file on the server " + at()
                        + " (expected: a folder; which files of it, the pattern says)");
    }

    @Test
    void saysWhatIsNotThere() throws Exception {
        assertThat(failure(ErrorCode.SOURCE_REFUSED, login("${secret:password}", null, null, serverKey, "/out/gone")))
                .isEqualTo("folder /out/gone is not on the server " + at());
        SftpFiles silent;
        try (ServerSocket nobody = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            silent = new SftpFiles(
                    "127.0.0.1",
                    String.valueOf(nobody.getLocalPort()),
                    "reader",
                    "${secret:password}",
                    null,
                    null,
                    byPassword("").hostKeys(),
                    ".",
                    Duration.ofMillis(200));
            assertThat(failure(ErrorCode.SOURCE_UNAVAILABLE, silent))
                    .startsWith("the server 127.0.0.1:" + nobody.getLocalPort() + " can't be reached: ");
        }
        assertThat(failure(ErrorCode.SOURCE_UNAVAILABLE, silent))
                .isEqualTo("the server 127.0.0.1:" + silent.port() + " can't be reached: Connection refused");
    }

    @Test
    void anAddressWhereNoSourceMayBeIsNotCalled(@TempDir Path service) throws Exception {
        try (ExtractorUnderTest careful =
                new ExtractorUnderTest(service, Map.of("millrace.extractor.addresses.deny", "127.0.0.0/8"))) {
            careful.secret("password", "correct horse");
            assertThat(careful.extract(work(byPassword("${secret:password}"))).failure(ErrorCode.SOURCE_REFUSED))
                    .isEqualTo(
                            "127.0.0.1 is in 127.0.0.0/8, where no source may be (millrace.extractor.addresses.deny)");
        }
        assertThat(server.getActiveSessions()).isEmpty();
    }

    @Test
    void aConnectionThatIsLostInTheMiddleOfAFileIsMadeAgain() throws Exception {
        file("out/a.ndjson", "{\"n\":1}\n".repeat(100_000));
        atNextRead.set(session -> session.close(true));
        assertThat(extractor.records(work(byPassword("${secret:password}")))).hasSize(100_000);
    }

    @Test
    void aFileThatIsWrittenWhileItIsReadFailsTheRun() throws Exception {
        file("out/a.ndjson", "{\"n\":1}\n".repeat(100_000));
        atNextRead.set(_ -> {
            try {
                Files.writeString(folder.resolve("out/a.ndjson"), "{\"n\":2}\n", StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertThat(failure(ErrorCode.SOURCE_INCONSISTENT, byPassword("${secret:password}")))
                .isEqualTo("a.ndjson was changed or removed while it was read");
    }

    @Test
    void aFileIsReadAgainWhenItsBytesAreOthersWhateverItsTimeAndSizeSay() throws Exception {
        file("out/a.ndjson", "{\"n\":1}\n");
        file("out/b.ndjson", "{\"n\":2}\n");
        ExtractorUnderTest.Result first = extractor.extract(changed(null));
        assertThat(extractor.records(first)).containsExactly("{\"n\":1}", "{\"n\":2}");
        String cursor = extractor.manifest(first).nextCursor();
        assertThat(extractor.records(changed(cursor))).isEmpty();
        file("out/b.ndjson", "{\"n\":7}\n");
        assertThat(extractor.records(changed(cursor))).containsExactly("{\"n\":7}");
    }

    private Work changed(@Nullable String cursor) {
        return new Work.ExtractNew(new Work.ExtractIncrement(
                work(byPassword("${secret:password}"), "**/*.ndjson", FileSelection.Reading.CHANGED),
                false,
                new CommittedCursor(cursor)));
    }
}
