using MailKit.Security;

namespace DailyDigest.Mail.Smtp;

/// <summary>How a step of a check went.</summary>
public enum CheckResult
{
    /// <summary>It works.</summary>
    Ok,

    /// <summary>It was tried and does not work.</summary>
    Failed,

    /// <summary>It was not tried: not configured, or an earlier step failed.</summary>
    NotChecked,
}

/// <summary>One step of a check.</summary>
/// <param name="Step">What was checked: connect, greeting, TLS, login.</param>
/// <param name="Result">How it went.</param>
/// <param name="Text">A line for an operator, without secrets.</param>
public sealed record CheckStep(string Step, CheckResult Result, string Text);

/// <summary>Tries the relay up to the login, without sending anything.</summary>
public sealed class SmtpCheck(MailOptions options, DialRelay? dial = null)
{
    private static readonly string[] Steps = ["connect", "greeting", "TLS", "login"];

    /// <summary>Connects, greets, protects, logs in and leaves; four steps, in this order. Trouble is a step's result, never an exception.</summary>
    public async Task<IReadOnlyList<CheckStep>> CheckAsync(CancellationToken cancellationToken)
    {
        if (options.PickupFolder.Length > 0 || options.Host.Length == 0)
        {
            return After([], options.PickupFolder.Length > 0 ? "mail goes into the pickup folder" : "Mail__Host is not set");
        }

        var connector = new RelayConnector(options, dial);
        var replies = new Replies(options);
        var done = new List<CheckStep>();
        try
        {
            var (client, stream) = await connector.ConnectAsync(cancellationToken);
            await using var _ = stream;
            using var __ = client;
            done.Add(new("connect", CheckResult.Ok, $"{options.Host}:{options.EffectivePort}"));
            done.Add(new("greeting", CheckResult.Ok, $"offers {client.Capabilities}"));
            done.Add(client.IsSecure
                ? new("TLS", CheckResult.Ok, $"{client.SslProtocol}, {client.SslCipherSuite}")
                : new("TLS", CheckResult.NotChecked, "Mail__Security is none"));
            if (options.User.Length == 0)
            {
                return After(done, "Mail__User is not set");
            }

            await connector.LogInAsync(client, cancellationToken);
            done.Add(new("login", CheckResult.Ok, "accepted"));
            await client.DisconnectAsync(quit: true, cancellationToken);
            return done;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var result = replies.Connecting(e);
            if (done.Count == 0 && e is not System.Net.Sockets.SocketException)
            {
                done.Add(new("connect", CheckResult.Ok, $"{options.Host}:{options.EffectivePort}"));
                if (e is SslHandshakeException or NotSupportedException)
                {
                    done.Add(new("greeting", options.Protection == MailSecurity.Tls ? CheckResult.NotChecked : CheckResult.Ok, "answered"));
                }
            }

            done.Add(new(Steps[done.Count], CheckResult.Failed, result.Reply));
            return After(done, "an earlier step failed");
        }
    }

    private static List<CheckStep> After(List<CheckStep> done, string why)
    {
        done.AddRange(Steps.Skip(done.Count).Select(step => new CheckStep(step, CheckResult.NotChecked, why)));
        return done;
    }
}
