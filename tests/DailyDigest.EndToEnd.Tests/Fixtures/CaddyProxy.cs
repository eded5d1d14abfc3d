using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>Debian's Caddy with deploy/proxy/Caddyfile. It sees every client as 127.0.0.1.</summary>
internal sealed class CaddyProxy : Proxy
{
    protected override (string[] Command, string Ready) Prepare(Uri server)
    {
        // cspell:ignore fullchain privkey
        var program = TestServices.RequireUnpacked("caddy");
        var file = Path.Combine(Folder, "Caddyfile");
        File.WriteAllText(file, Replaced("Caddyfile",
            ("\n{\n", $"\n{{\n\tadmin off\n\tdefault_bind 127.0.0.1\n\thttp_port {HttpPort}\n\thttps_port {HttpsPort}\n"),
            ($"\n{Host} {{\n", $"\n{Host} {{\n\ttls {Folder}/fullchain.pem {Folder}/privkey.pem\n"),
            ("127.0.0.1:5000 ", server.Authority + " ")));
        return ([program, "run", "--config", file, "--adapter", "caddyfile"], "serving initial configuration");
    }
}
