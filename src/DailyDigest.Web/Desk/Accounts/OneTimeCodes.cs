using DailyDigest.Accounts;
using DailyDigest.Settings;
using OtpNet;
using QRCoder;

namespace DailyDigest.Web;

/// <summary>The outcome of a check.</summary>
internal enum CodeOutcome
{
    /// <summary>It is right, and now used.</summary>
    Right,

    /// <summary>It is wrong, too old, or was used.</summary>
    Wrong,

    /// <summary>There were too many wrong ones: it was not looked at.</summary>
    Wait,
}

/// <summary>
/// The codes of authenticator apps (TOTP, RFC 6238: SHA-1, six digits, 30 seconds, as every app has them) and the recovery codes. A code of
/// the step before or after the present one is right too, because clocks differ.
/// </summary>
internal sealed class OneTimeCodes(SecondFactors factors, SignInDelays delays, Publication publication, TimeProvider time)
{
    private const int SecretBytes = 20;
    private const int Digits = 6;
    private static readonly VerificationWindow Window = new(previous: 1, future: 1);

    /// <summary>A new secret.</summary>
    public static byte[] NewSecret() => KeyGeneration.GenerateRandomKey(SecretBytes);

    /// <summary>The secret as a person types it: base32.</summary>
    public static string Shown(byte[] secret) => Base32Encoding.ToString(secret).TrimEnd('=');

    /// <summary>The address that an app reads from the picture.</summary>
    public string Address(byte[] secret, Account account) =>
        new OtpUri(OtpType.Totp, secret, account.Email, publication.Name).ToString();

    /// <summary>The picture of a text: its rows, true for dark.</summary>
    public static IReadOnlyList<System.Collections.BitArray> Picture(string text)
    {
        using var generator = new QRCodeGenerator();
        using var data = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
        return data.ModuleMatrix;
    }

    /// <summary>The time step of the code; null if it is wrong.</summary>
    public long? StepOf(byte[] secret, string typed) =>
        secret.Length > 0 && Clean(typed) is { Length: Digits } code
            && new Totp(secret).VerifyTotp(time.GetUtcNow().UtcDateTime, code, out var step, Window) ? step : null;

    /// <summary>Checks a code of the app or a recovery code, and uses it up. Wrong ones delay the next.</summary>
    /// <param name="account">The account.</param>
    /// <param name="factor">Its second factor.</param>
    /// <param name="typed">The text as it was typed.</param>
    /// <param name="network">The network of the request, if it counts too.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public async Task<CodeOutcome> UseAsync(
        Account account, SecondFactor factor, string typed, string? network, CancellationToken cancellationToken)
    {
        if (await delays.BeginCodeAsync(account.Id, network, cancellationToken) > TimeSpan.Zero)
        {
            return CodeOutcome.Wait;
        }

        var isRight = StepOf(factor.Secret, typed) is { } step
            ? await factors.UseStepAsync(factor, step, cancellationToken)
            : await factors.UseRecoveryAsync(factor, Actor.Of(account), Clean(typed), cancellationToken);
        if (!isRight)
        {
            return CodeOutcome.Wrong;
        }

        await delays.EndCodeAsync(account.Id, network, cancellationToken);
        return CodeOutcome.Right;
    }

    // People type the groups that they see.
    private static string Clean(string typed) => typed.Length > 40 ? ""
        : string.Concat(typed.Where(c => c is not ('-' or ' '))).ToLowerInvariant();
}
