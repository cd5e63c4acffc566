<?php
/** Set WordPress up from the command line, and print each user's application password as JSON. */
define('WP_INSTALLING', true);
function wp_mail() { return true; }
require __DIR__ . '/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install('Oak School', 'admin', 'admin@oak.example', true, '', wp_generate_password(24));
update_option('blog_charset', 'UTF-8');
update_option('timezone_string', 'Europe/London');
$passwords = array();
foreach (array('administrator', 'editor', 'author', 'contributor', 'subscriber') as $role) {
    $name = 'author' === $role ? 'gatekeeper' : "the_$role";
    $id = wp_insert_user(array(
        'user_login' => $name,
        'user_pass' => wp_generate_password(24),
        'user_email' => "$name@oak.example",
        'role' => $role,
    ));
    list($password) = WP_Application_Passwords::create_new_application_password(
        $id, array('name' => 'Gatekeeper')
    );
    $passwords[$role] = array($name, $password);
}
echo json_encode($passwords);
