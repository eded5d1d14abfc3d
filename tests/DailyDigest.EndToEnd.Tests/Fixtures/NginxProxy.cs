using DailyDigest.Testing.Services;

namespace DailyDigest.EndToEnd.Tests.Fixtures;

/// <summary>
/// Debian's nginx with deploy/proxy/nginx.conf. All clients are on this machine, so each tells its address by the PROXY protocol, as a
/// load balancer in front of nginx does.
/// </summary>
internal sealed class NginxProxy : Proxy
{
    // cspell:ignore fastcgi uwsgi scgi letsencrypt
    private static readonly string[] Temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

    protected override string Introduction(string address) => $"PROXY TCP4 {address} 127.0.0.1 50000 443\r\n";

    protected override (string[] Command, string Ready) Prepare(Uri server)
    {
        var program = TestServices.RequireProgram("nginx");
        var site = Replaced("nginx.conf",
            ("listen 80;", $"listen 127.0.0.1:{HttpPort};"),
            ("listen [::]:80;", ""),
            ("listen 443 ssl http2;", $"listen 127.0.0.1:{HttpsPort} ssl http2 proxy_protocol;"),
            ("listen [::]:443 ssl http2;", "set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;"),
            ($"/etc/letsencrypt/live/{Host}/", Folder + "/"),
            ("/var/log/nginx/", Folder + "/"),
            ("/var/www/html", Folder),
            ("127.0.0.1:5000;", server.Authority + ";"));
        var user = Environment.IsPrivilegedProcess ? "user root;" : "";
        var temporary = string.Concat(Temporary.Select(name => $"{name}_temp_path {Folder}/{name};\n"));
        File.WriteAllText(Path.Combine(Folder, "site.conf"), site);
        File.WriteAllText(Path.Combine(Folder, "main.conf"), $$"""
            {{user}}
            daemon off;
            worker_processes 1;
            pid {{Folder}}/nginx.pid;
            error_log stderr notice;
            events {}
            http {
            {{temporary}}
            include {{Folder}}/site.conf;
            }
            """);
        return ([program, "-e", "stderr", "-p", Folder, "-c", Path.Combine(Folder, "main.conf")], "start worker process ");
    }
}
