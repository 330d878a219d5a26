package dev.millrace.pipeline.file;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.References;
import dev.millrace.pipeline.SecretReference;
import dev.millrace.pipeline.ServerAddress;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.util.List;

/**
 * Files on a server of SFTP, in a folder and those below it.
 *
 * @param password null: the user proves who it is by a key alone
 * @param privateKey null: the user proves who it is by a password
 * @param passphrase of the private key; null: it isn't encrypted
 * @param hostKeys keys by one of which the server has to prove who it is, each as {@code TYPE BASE64}
 * @param folder absolute, or relative to where the user is after the login
 * @param timeout for the connection to be made, and for each pause of the server
 */
@Serdeable
@Doc("Files on a server of SFTP.")
public record SftpFiles(
        @References(References.Allowed.SECRETS) @Doc("Name or address of its host.")
        String host,

        @References(References.Allowed.SECRETS) @Default("\"22\"") @Doc("Port of SSH.")
        String port,

        @References(References.Allowed.SECRETS) @Doc("User to log in as; one that may only read is enough.")
        String user,

        @References(References.Allowed.SECRET_REQUIRED) @Doc("Password, a secret reference.") @Nullable
        String password,

        @References(References.Allowed.SECRET_REQUIRED)
        @Doc("Private key, a secret reference, in the form of OpenSSH or PEM.")
        @Nullable
        String privateKey,

        @References(References.Allowed.SECRET_REQUIRED)
        @Doc("Passphrase of the private key, a secret reference.")
        @Nullable
        String passphrase,

        @Doc("Public keys of the server, as ssh-keyscan shows them behind the host: ssh-ed25519 AAAA….")
        List<String> hostKeys,

        @Default("\".\"") @Doc("Folder of the files, absolute or relative to where the user is after the login.")
        String folder,

        @Default("30s") @Doc("How long to wait for a connection, and for the server's next bytes.")
        Duration timeout)
        implements FileRules {
    public SftpFiles {
        hostKeys = List.copyOf(hostKeys);
        Checks checks = new Checks();
        checks.that(
                SecretReference.isIn(host) || ServerAddress.isHost(host),
                "host",
                host,
                "the name or address of a host, without a port and without a scheme");
        checks.that(SecretReference.isIn(port) || ServerAddress.isPort(port), "port", port, "1 to 65535");
        checks.that(!user.isBlank(), "user", user, "the name of a user");
        checks.that(
                !hostKeys.isEmpty(),
                "hostKeys",
                "none",
                "at least one public key of the server, by which it is told from another that only has its address");
        for (int i = 0; i < hostKeys.size(); i++) {
            checks.that(
                    ServerKey.isOne(hostKeys.get(i)),
                    "hostKeys[" + i + "]",
                    hostKeys.get(i),
                    "a type and a whole key, such as ssh-ed25519 AAAAC3NzaC1lZDI1NTE5…, as ssh-keyscan shows them behind the"
                            + " host");
        }
        checks.that(!folder.isBlank(), "folder", folder, "a folder of the server, or . for the one after the login");
        checks.that(timeout.isPositive(), "timeout", timeout, "more than zero");
        checks.done();
    }

    @Override
    public void check(Checks checks) {
        checks.that(
                (password == null) != (privateKey == null),
                password == null ? "password" : "privateKey",
                password == null ? "neither password nor privateKey" : "privateKey beside password",
                "either password or privateKey");
        checks.that(
                passphrase == null || privateKey != null, "passphrase", "a passphrase", "nothing without privateKey");
    }
}
