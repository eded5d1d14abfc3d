using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using MailKit.Security;

namespace DailyDigest.Mail;

/// <summary>Says in one line why TLS with a mail server failed. MailKit's own text is a page, and its first line names no cause.</summary>
internal static class CertificateFault
{
    private const int MaxNames = 3;

    /// <summary>The same exception with the cause as its message. The names in it are the server's words.</summary>
    public static SslHandshakeException Explain(SslHandshakeException trouble, MailServerOptions server) =>
        new(Cause(trouble, server), trouble);

    private static string Cause(SslHandshakeException trouble, MailServerOptions server)
    {
        if (trouble.ServerCertificate is not X509Certificate2 certificate)
        {
            var why = (trouble.InnerException ?? trouble).Message.Split('\n')[0].Trim();
            return $"the server did not answer as one that speaks TLS ({why})";
        }

        return server.Fingerprint is not null ? "the certificate is not the one whose SHA-256 is set"
            : !certificate.MatchesHostname(server.Host) ? $"the certificate is for {Names(certificate)}, and not for {server.Host}"
            : $"the certificate is not trusted here: issued by {Issuer(certificate)}, "
                + $"valid from {Day(certificate.NotBefore)} to {Day(certificate.NotAfter)}";
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames()).ToList();
        return names.Count == 0 ? certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)
            : string.Join(", ", names.Take(MaxNames)) + (names.Count > MaxNames ? " and others" : "");
    }

    private static string Issuer(X509Certificate2 certificate) =>
        certificate.IssuerName.RawData.AsSpan().SequenceEqual(certificate.SubjectName.RawData) ? "itself"
            : certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true);

    private static string Day(DateTime local) => local.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
