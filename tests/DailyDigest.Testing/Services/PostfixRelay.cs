using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DailyDigest.Storage;

namespace DailyDigest.Testing.Services;

/// <summary>
/// An instance of Debian's Postfix: configuration, queue and log in a folder that is deleted afterwards, on a port of 127.0.0.1, with
/// STARTTLS and AUTH. It relays everything to another server; a message that cannot be delivered comes back. A shell watches it: when the
/// shell's input ends, because the test ends or is killed, it stops this instance and no other.
/// </summary>
public sealed class PostfixRelay : IAsyncDisposable
{
    private readonly string folder;
    private readonly Process guard;
    private readonly PasswordChecker checker;

    private PostfixRelay(string folder, Process guard, PasswordChecker checker, X509Certificate2 certificate, int port)
    {
        (this.folder, this.guard, this.checker) = (folder, guard, checker);
        (Certificate, Port) = (certificate, port);
    }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>Its own certificate.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The log.</summary>
    public string Log => File.Exists(Path.Combine(folder, "log")) ? File.ReadAllText(Path.Combine(folder, "log")) : "";

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="nextHop">The port of the server to which it relays.</param>
    /// <param name="user">The login.</param>
    /// <param name="password">The password of the login.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="domain">A domain whose mail it delivers itself, whatever the local part.</param>
    /// <param name="mailbox">The mailbox to which that mail goes.</param>
    public static async Task<PostfixRelay> StartAsync(
        int nextHop, string user, string password, CancellationToken cancellationToken, string? domain = null, Dovecot? mailbox = null)
    {
        var postfix = TestServices.RequireProgram("postfix");
        TestServices.SkipBecause(Environment.IsPrivilegedProcess ? null : "Postfix starts for root only");
        var folder = Directory.CreateTempSubdirectory("dd-postfix-").FullName;

        using var kept = new ClosedPort();
        var port = kept.Number;
        var checker = new PasswordChecker(user, password);
        using var key = RSA.Create(2048);
        var certificate = Write(folder, key, port, checker.Port, nextHop, mailbox is null ? "" : $"""
            virtual_mailbox_domains = {domain}
            virtual_mailbox_base = {Path.GetDirectoryName(mailbox.Maildir)}
            virtual_mailbox_maps = static:{Path.GetFileName(mailbox.Maildir)}/
            virtual_minimum_uid = 1
            virtual_uid_maps = static:{Dovecot.OwnerId}
            virtual_gid_maps = static:{Dovecot.OwnerId}
            """);
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-c");

        // Its processes run under an account of their own, which needs access. "start" returns when Postfix listens.
        start.ArgumentList.Add("""
            chmod 600 "$2/etc/tls.pem" && chmod 755 "$2" && chown postfix "$2/data" \
              && "$1" -c "$2/etc" start >&2 && echo started && read end
            "$1" -c "$2/etc" stop >&2
            """);
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(postfix);
        start.ArgumentList.Add(folder);
        var guard = Process.Start(start)!;
        var relay = new PostfixRelay(folder, guard, checker, certificate, port);
        var complaints = new StringBuilder();
        guard.ErrorDataReceived += (_, line) => complaints.AppendLine(line.Data);
        guard.BeginErrorReadLine();
        if (await guard.StandardOutput.ReadLineAsync(cancellationToken) != "started")
        {
            var log = relay.Log;
            await relay.DisposeAsync();
            throw new InvalidOperationException($"Postfix did not start: {complaints}{log}");
        }

        return relay;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        guard.StandardInput.Close();
        await guard.WaitForExitAsync();
        guard.Dispose();
        await checker.DisposeAsync();
        Certificate.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static X509Certificate2 Write(string folder, RSA key, int port, int checker, int nextHop, string further)
    {
        var request = new CertificateRequest("CN=relay.test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var signed = request.CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(30));
        foreach (var name in new[] { "etc", "queue", "data" })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
        }

        var pem = Path.Combine(folder, "etc", "tls.pem");
        File.WriteAllText(pem, key.ExportPkcs8PrivateKeyPem() + "\n" + signed.ExportCertificatePem() + "\n");
        File.WriteAllText(Path.Combine(folder, "etc", "main.cf"), $$"""
            compatibility_level = 3.6
            queue_directory = {{folder}}/queue
            data_directory = {{folder}}/data
            maillog_file = {{folder}}/log
            maillog_file_prefixes = {{folder}}
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            myhostname = relay.test
            mydestination =
            mynetworks =
            alias_maps =
            alias_database =
            relayhost = [127.0.0.1]:{{nextHop}}
            smtp_dns_support_level = disabled
            smtp_host_lookup = native
            message_size_limit = 300000
            smtpd_tls_security_level = may
            smtpd_tls_auth_only = yes
            smtpd_tls_chain_files = {{pem}}
            smtpd_sasl_auth_enable = yes
            smtpd_sasl_type = dovecot
            smtpd_sasl_path = inet:127.0.0.1:{{checker}}
            smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
            smtpd_recipient_restrictions = check_recipient_access inline:{ { nobody@example.org = 550 5.1.1 User unknown } }
            """ + "\n" + further + "\n");
        File.WriteAllText(Path.Combine(folder, "etc", "master.cf"), $"""
            127.0.0.1:{port} inet n - n - - smtpd
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            tlsmgr unix - - n 1000? 1 tlsmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            smtp unix - - n - - smtp
            relay unix - - n - - smtp
            virtual unix - n n - - virtual
            error unix - - n - - error
            retry unix - - n - - error
            anvil unix - - n - 1 anvil
            scache unix - - n - 1 scache
            proxymap unix - - n - - proxymap
            postlog unix-dgram n - n - 1 postlogd
            """ + "\n");
        return X509CertificateLoader.LoadCertificate(signed.RawData);
    }

    /// <summary>
    /// Answers Postfix about passwords: the server side of Dovecot's authentication protocol 1.1, which Postfix supports without a further
    /// package, with the mechanism PLAIN only.
    /// </summary>
    private sealed class PasswordChecker : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly string right;
        private readonly Task accepting;

        public PasswordChecker(string user, string password)
        {
            right = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"));
            listener.Start();
            accepting = AcceptAsync();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            listener.Stop();
            await accepting;
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    _ = AnswerAsync(await listener.AcceptTcpClientAsync());
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task AnswerAsync(TcpClient client)
        {
            try
            {
                using var _ = client;
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(
                    "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t00112233445566778899aabbccddeeff\nDONE\n"));
                while (await reader.ReadLineAsync() is { } line)
                {
                    var words = line.Split('\t');
                    if (words[0] == "AUTH")
                    {
                        await stream.WriteAsync(Encoding.ASCII.GetBytes(
                            words[^1] == "resp=" + right ? $"OK\t{words[1]}\tuser=courier\n" : $"FAIL\t{words[1]}\n"));
                    }
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // Postfix has hung up.
            }
        }
    }
}
