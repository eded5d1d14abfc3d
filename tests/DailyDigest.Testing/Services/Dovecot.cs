using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DailyDigest.Storage;

namespace DailyDigest.Testing.Services;

/// <summary>
/// An instance of Debian's Dovecot: configuration, state and mailbox in a folder that is deleted afterwards, IMAP and POP3 over TLS on
/// ports of 127.0.0.1. A shell watches it: when the shell's input ends, because the test ends or is killed, it stops this instance and no
/// other.
/// </summary>
public sealed class Dovecot : IAsyncDisposable
{
    /// <summary>The login.</summary>
    public const string User = "returns";

    /// <summary>The password of the login.</summary>
    public const string Password = "come back home";

    /// <summary>The numbers of the account and the group "mail" of Debian, which own the mailbox: Dovecot gives root none.</summary>
    public const int OwnerId = 8;

    private const string Owner = "mail";
    private static int messages;

    private readonly string folder;
    private readonly Process guard;
    private readonly ConcurrentQueue<string> log = new();

    private Dovecot(string folder, Process guard, X509Certificate2 certificate, int imap, int pop3)
    {
        (this.folder, this.guard) = (folder, guard);
        (Certificate, ImapPort, Pop3Port) = (certificate, imap, pop3);
    }

    /// <summary>The port of IMAP over TLS.</summary>
    public int ImapPort { get; }

    /// <summary>The port of POP3 over TLS.</summary>
    public int Pop3Port { get; }

    /// <summary>The server's own certificate.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Its SHA-256, in hex.</summary>
    public string Fingerprint => Convert.ToHexString(SHA256.HashData(Certificate.RawData));

    /// <summary>The Maildir of the login: what a mail server writes into <c>new</c> has arrived.</summary>
    public string Maildir => Path.Combine(folder, "Maildir");

    /// <summary>The log.</summary>
    public string Log => string.Join('\n', log);

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="maxConnections">Connections that the login may have at once.</param>
    /// <exception cref="ServiceMissingException">It is not installed, or the test does not run as root.</exception>
    public static async Task<Dovecot> StartAsync(CancellationToken cancellationToken, int maxConnections = 10)
    {
        var program = TestServices.RequireProgram("dovecot");
        TestServices.SkipBecause(Environment.IsPrivilegedProcess ? null : "Dovecot is started as root only");
        var folder = Directory.CreateTempSubdirectory("dd-dovecot-").FullName;
        using ClosedPort imap = new(), pop3 = new();
        var certificate = Write(folder, imap.Number, pop3.Number, maxConnections);
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("""
            chown -R "$3" "$2/Maildir" && chmod 755 "$2" || exit 1
            "$1" -F -c "$2/dovecot.conf" <&- &
            read end
            kill $! && wait $!
            """);
        foreach (var argument in new[] { "sh", program, folder, Owner })
        {
            start.ArgumentList.Add(argument);
        }

        var dovecot = new Dovecot(folder, Process.Start(start)!, certificate, imap.Number, pop3.Number);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        dovecot.guard.ErrorDataReceived += (_, line) =>
        {
            dovecot.log.Enqueue(line.Data ?? "");
            if (line.Data is null || line.Data.Contains("starting up for", StringComparison.Ordinal))
            {
                started.TrySetResult();
            }
        };
        dovecot.guard.BeginErrorReadLine();
        await started.Task.WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);
        if (!dovecot.Log.Contains("starting up for", StringComparison.Ordinal))
        {
            var why = dovecot.Log;
            await dovecot.DisposeAsync();
            throw new InvalidOperationException($"Dovecot did not start: {why}");
        }

        return dovecot;
    }

    /// <summary>Puts a message into the mailbox, as a mail server does.</summary>
    public async Task DeliverAsync(byte[] message, CancellationToken cancellationToken)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}.M{Interlocked.Increment(ref messages):D9}.test");
        var path = Path.Combine(Maildir, "tmp", name);
        await File.WriteAllBytesAsync(path, message, cancellationToken);
        File.Move(path, Path.Combine(Maildir, "new", name));
    }

    /// <summary>How many messages are in a folder of the mailbox; null for the one in which they arrive.</summary>
    public int Count(string? name = null)
    {
        var path = name is null ? Maildir : Path.Combine(Maildir, "." + name);
        return Files(Path.Combine(path, "new")) + Files(Path.Combine(path, "cur"));
    }

    /// <summary>Waits until so many messages have arrived that nobody has seen yet.</summary>
    public Task WaitForAsync(int count, CancellationToken cancellationToken) =>
        WaitUntilAsync(_ => Files(Path.Combine(Maildir, "new")) >= count, cancellationToken);

    /// <summary>Waits until something is true, and looks whenever a file of the mailbox was made, moved or deleted.</summary>
    public async Task WaitUntilAsync(Func<Dovecot, bool> isSo, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(Maildir) { IncludeSubdirectories = true };
        watcher.Created += (_, _) => Look();
        watcher.Renamed += (_, _) => Look();
        watcher.Deleted += (_, _) => Look();
        watcher.EnableRaisingEvents = true;
        Look();
        await done.Task.WaitAsync(TimeSpan.FromMinutes(2), cancellationToken);

        void Look()
        {
            if (isSo(this))
            {
                done.TrySetResult();
            }
        }
    }

    /// <summary>Deletes all messages, in every folder.</summary>
    public void Clear()
    {
        foreach (var file in Directory.GetFiles(Maildir, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) is "new" or "cur"))
        {
            File.Delete(file);
        }
    }

    private static int Files(string path) => Directory.Exists(path) ? Directory.GetFiles(path).Length : 0;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        guard.StandardInput.Close();
        await guard.WaitForExitAsync();
        guard.Dispose();
        Certificate.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static X509Certificate2 Write(string folder, int imap, int pop3, int maxConnections)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=mailbox.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var signed = request.CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(30));
        foreach (var name in new[] { "run", "state", "Maildir/tmp", "Maildir/new", "Maildir/cur" })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        File.WriteAllText(Path.Combine(folder, "cert.pem"), signed.ExportCertificatePem() + "\n");
        File.WriteAllText(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(Path.Combine(folder, "users"), $"{User}:{{PLAIN}}{Password}::::{folder}::\n");
        // cspell:disable
        File.WriteAllText(Path.Combine(folder, "dovecot.conf"), $$"""
            base_dir = {{folder}}/run
            state_dir = {{folder}}/state
            log_path = /dev/stderr
            protocols = imap pop3
            listen = 127.0.0.1
            ssl = required
            ssl_cert = <{{folder}}/cert.pem
            ssl_key = <{{folder}}/key.pem
            mail_location = maildir:{{folder}}/Maildir
            mail_uid = {{Owner}}
            mail_gid = {{Owner}}
            first_valid_uid = 1
            auth_failure_delay = 0
            mail_max_userip_connections = {{maxConnections}}
            maildir_very_dirty_syncs = yes
            passdb {
              driver = passwd-file
              args = {{folder}}/users
            }
            userdb {
              driver = static
              args = uid={{Owner}} gid={{Owner}} home={{folder}}
            }
            namespace inbox {
              inbox = yes
              separator = .
            }
            service anvil {
              unix_listener anvil-auth-penalty {
                mode = 0
              }
            }
            service imap-login {
              service_count = 0
              inet_listener imap {
                port = 0
              }
              inet_listener imaps {
                port = {{imap}}
                ssl = yes
              }
            }
            service pop3-login {
              service_count = 0
              inet_listener pop3 {
                port = 0
              }
              inet_listener pop3s {
                port = {{pop3}}
                ssl = yes
              }
            }
            """ + "\n");
        // cspell:enable
        return X509CertificateLoader.LoadCertificate(signed.RawData);
    }
}
