using DailyDigest.Mail.OAuth;
using DailyDigest.Mailing;
using MailKit.Security;

namespace DailyDigest.Mail.Smtp;

/// <summary>The result of a step of a check.</summary>
public enum CheckResult
{
    /// <summary>It works.</summary>
    Ok,

    /// <summary>It was tried and does not work.</summary>
    Failed,

    /// <summary>It was not tried: not configured, or an earlier step failed.</summary>
    NotChecked,

    /// <summary>It works, but may not be what the operator wants.</summary>
    Warning,
}

/// <summary>One step of a check.</summary>
/// <param name="Step">connect, greeting, TLS, token or login.</param>
/// <param name="Result">The result.</param>
/// <param name="Text">A line for an operator, without secrets.</param>
/// <param name="Relay">The relay; null if there is none to check.</param>
public sealed record CheckStep(string Step, CheckResult Result, string Text, CheckedRelay? Relay = null);

/// <summary>The relay of a step.</summary>
/// <param name="Prefix">The prefix of its settings: <c>Mail</c>, or <c>Mail__Relays__0</c> and so on.</param>
/// <param name="Protection">How the connection is protected; null if the setting is not valid.</param>
public sealed record CheckedRelay(string Prefix, MailSecurity? Protection);

/// <summary>Tries every relay up to the login, and sends no message.</summary>
public sealed class SmtpCheck
{
    private const string Token = "token";
    private static readonly string[] AllSteps = ["connect", "greeting", "TLS", Token, "login"];

    private readonly MailOptions options;
    private readonly DialRelay? dial;
    private readonly FetchAccessToken? identity;
    private readonly TimeProvider time;

    internal SmtpCheck(MailOptions options, DialRelay? dial = null, FetchAccessToken? identity = null, TimeProvider? time = null) =>
        (this.options, this.dial, this.identity, this.time) = (options, dial, identity, time ?? TimeProvider.System);

    /// <summary>
    /// Connects, greets, starts TLS and logs in: four steps for each relay, in this order. A relay with OAuth settings has a step before
    /// the login, in which the access token is fetched. With several relays the name of a step begins with its relay.
    /// Trouble is a step's result, never an exception.
    /// </summary>
    public async Task<IReadOnlyList<CheckStep>> CheckAsync(CancellationToken cancellationToken)
    {
        var relays = options.RelaysByPrefix().ToList();
        if (options.PickupFolder.Length > 0 || relays.Count == 0)
        {
            return After([], Steps(null), options.PickupFolder.Length > 0 ? "mail goes into the pickup folder" : "Mail__Host is not set");
        }

        var all = new List<CheckStep>();
        foreach (var (settings, relay) in relays)
        {
            var about = new CheckedRelay(settings, relay.Protection);
            var steps = await CheckAsync(relay, cancellationToken);
            var prefix = relays.Count == 1 ? "" : relay.Name + " ";
            all.AddRange(steps.Select(step => step with { Step = prefix + step.Step, Relay = about }));
        }

        return all;
    }

    private async Task<List<CheckStep>> CheckAsync(RelayOptions relay, CancellationToken cancellationToken)
    {
        var replies = new Replies(options);
        var tokens = LoginTokens.Create(relay, identity, time, token => replies.Hide(relay.User, token));
        var connector = new RelayConnector(relay, options.TimeoutSeconds, dial, tokens);
        var steps = Steps(relay);
        var done = new List<CheckStep>();
        try
        {
            var (client, stream) = await connector.ConnectAsync(cancellationToken);
            await using var _ = stream;
            using var __ = client;
            done.Add(new("connect", CheckResult.Ok, relay.Name));
            done.Add(new("greeting", CheckResult.Ok, $"offers {client.Capabilities}"));
            done.Add(client.IsSecure
                ? new("TLS", CheckResult.Ok, $"{client.SslProtocol}, {client.SslCipherSuite}")
                : new("TLS", CheckResult.NotChecked, "its Security is none"));
            if (relay.User.Length == 0)
            {
                return After(done, steps, "its User is not set");
            }

            var token = await connector.TokenAsync(cancellationToken);
            if (token is not null)
            {
                done.Add(new(Token, CheckResult.Ok, $"valid for {token.ExpiresIn.TotalMinutes:0} minutes"));
            }

            await connector.LogInAsync(client, stream, token, cancellationToken);
            done.Add(new("login", CheckResult.Ok, "accepted"));
            await new RelayConnection(client, stream).QuitAsync(cancellationToken);
            return done;
        }
        catch (Exception e) when (e is not OperationCanceledException && done.Count < steps.Length)
        {
            var result = replies.Connecting(e);
            if (done.Count == 0 && e is not System.Net.Sockets.SocketException)
            {
                done.Add(new("connect", CheckResult.Ok, relay.Name));
                if (e is SslHandshakeException or NotSupportedException)
                {
                    done.Add(new("greeting", relay.Protection == MailSecurity.Tls ? CheckResult.NotChecked : CheckResult.Ok, "answered"));
                }
            }

            done.Add(new(steps[done.Count], CheckResult.Failed, result.Reply));
            return After(done, steps, "an earlier step failed");
        }
    }

    private static string[] Steps(RelayOptions? relay) =>
        relay?.OAuth.IsSet == true ? AllSteps : [.. AllSteps.Where(step => step != Token)];

    private static List<CheckStep> After(List<CheckStep> done, string[] steps, string why)
    {
        done.AddRange(steps.Skip(done.Count).Select(step => new CheckStep(step, CheckResult.NotChecked, why)));
        return done;
    }
}
